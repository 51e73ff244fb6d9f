import type { FaultKind } from './chaos-plan.ts';
import type { BrokenPromise, ChaosReport, FaultReport } from './report.ts';

type Measured = Omit<ChaosReport, 'broken'>;
type Claim = [promise: string, isKept: (fault: FaultReport) => boolean];

/** Limits of what is promised, ms. */
const killGapMs = 1000;
const stopGapMs = 4500;
const backWithinMs = 3000;

const noCallLost: Claim = [
  'no call is lost',
  ({ callsLost, unsettled }) => callsLost === 0 && unsettled === 0,
];
const noSocketDropped: Claim = ['no connection is dropped', ({ socketsDropped }) => socketsDropped === 0];
const noWordLost: Claim = ['no word is lost', ({ wordsLost }) => wordsLost === 0];
const allAnswered: Claim = ['every turn is answered', ({ turnsUnanswered }) => turnsUnanswered === 0];
const noMessageLost: Claim = ['no message is lost', ({ messagesLost }) => messagesLost === 0];
const noMessageTwice: Claim = ['no message comes twice', ({ messagesTwice }) => messagesTwice === 0];
const noErrors: Claim = ['no caller is told of an error', ({ errors }) => Object.keys(errors).length === 0];
const nobodyMoved: Claim = ['no call moves', ({ callsMoved }) => callsMoved === 0];

const unnoticed = [
  noCallLost,
  noSocketDropped,
  noWordLost,
  allAnswered,
  noMessageLost,
  noMessageTwice,
  noErrors,
];
const reconnected = [noCallLost, noWordLost, allAnswered, noMessageLost, noMessageTwice];
const undisturbed = [...unnoticed, nobodyMoved];

/** What is promised of each fault, but for times. */
const claims: Readonly<Record<FaultKind, readonly Claim[]>> = {
  'worker-kill': unnoticed,
  'worker-stop': unnoticed,
  'primary-kill': unnoticed,
  'worker-drain': unnoticed,
  'gateway-kill': reconnected,
  'gateway-drain': [...reconnected, noSocketDropped],
  'recorder-kill': undisturbed,
  'redis-stop': undisturbed,
  'redis-kill': undisturbed,
  'redis-empty': undisturbed,
  'provider-drop': [noCallLost, noSocketDropped, noWordLost, allAnswered, noMessageTwice],
  partition: undisturbed,
};

const times: Partial<Record<FaultKind, readonly Claim[]>> = {
  'worker-kill': [[`gap p95 ≤ ${killGapMs} ms`, ({ gapMs }) => gapMs.p95 <= killGapMs]],
  'primary-kill': [[`gap p95 ≤ ${killGapMs} ms`, ({ gapMs }) => gapMs.p95 <= killGapMs]],
  'worker-stop': [[`gap p95 ≤ ${stopGapMs} ms`, ({ gapMs }) => gapMs.p95 <= stopGapMs]],
  'gateway-kill': [
    [`every caller is back within ${backWithinMs} ms (p95)`, ({ backMs }) => backMs.p95 <= backWithinMs],
  ],
};

/** Promises that a run did not keep. */
export function brokenPromises(report: Measured): BrokenPromise[] {
  const broken: BrokenPromise[] = [];
  for (const fault of report.faults) {
    for (const [all, isAboutTime] of [
      [claims[fault.kind], false],
      [times[fault.kind] ?? [], true],
    ] as const)
      for (const [promise, isKept] of all)
        if (!isKept(fault)) broken.push({ fault: fault.kind, promise, isAboutTime });
  }
  for (const [what, promise] of [
    ['doubleOwners', 'no session has two owners'],
    ['auditMissing', 'no event of the evidence is missing'],
    ['auditDoubled', 'no event of the evidence counts twice'],
    ['leaks', 'nothing is left of calls that are over'],
  ] as const)
    if (report[what] > 0) broken.push({ promise, isAboutTime: false });
  if (report.ownershipLooks === 0)
    broken.push({ promise: 'it is looked who owns the sessions', isAboutTime: false });
  return broken;
}
