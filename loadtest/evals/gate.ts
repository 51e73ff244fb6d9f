// The gate ahead of the ear, measured: how much of a disallowed answer is heard, how exactly an interrupted one is
// cut, how soon it stops, how soon each lane is heard. Against the emulator's own report of true word times.
import { parseArgs } from 'node:util';
import { type Answered, EmulatorControl } from './emulator-report.ts';
import { type Spread, spread } from './figures.ts';
import { badPhrase, gateCases } from './gate-cases.ts';
import { TimedCall, type Turn, unixMs } from './timed-call.ts';

/** One for each caller, so that the report tells whose answer was cut. */
const longAnswer = (caller: number) =>
  `Of course. There is quite a lot to say about this, so let me take it step by step, and please stop me whenever you have heard enough of it, caller ${caller}.`;

/** The worker waits so long between the last audio and its commit. */
const commitWindowMs = 50;
const betweenCommitsMs = 40;
const spokenAnswer = 'All right.';
/** 300 ms of a tone, loud enough to be heard. */
const speech = Int16Array.from({ length: 7200 }, (_, i) => Math.round(6000 * Math.sin(i / 9)));

interface Interruption {
  turn: Turn;
  /** What the player said it had played. */
  playedMs: number;
  stopMs: number;
}

interface GateReport {
  mode: string;
  runs: number;
  heardMs: Spread;
  /** Runs in which anything disallowed was heard. */
  runsHeard: number;
  truncationErrorMs: Spread;
  bargeInMs: Spread;
  /** From the commit to the first audio of lane A, its delay of 100 ms included. */
  laneAMs: Spread;
  /** From the commit to the first audio of lane B, less the commit window and the service's own time. */
  laneBOverheadMs: Spread;
  /** How often the player ran dry in an answer; in strict mode that lengthens a pause, and cuts no word. */
  glitches: { answeredMinutes: number; gaps: number; gapMs: Spread };
}

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    emulator: { type: 'string' },
    mode: { type: 'string', default: 'fast' },
    runs: { type: 'string', default: '500' },
    'speed-up': { type: 'string', default: '4' },
  },
});
const url = values.url ?? '';
const emulator = new EmulatorControl(values.emulator ?? '');
const cases = gateCases();
const rounds = Math.ceil(Number(values.runs) / cases.length);

await emulator.script({
  // How many times faster than speech the service delivers.
  speedUp: Number(values['speed-up']),
  answers: [
    ...cases.map(({ question, answer }) => ({ when: `^${question}$`, say: answer })),
    ...cases.map((_, i) => ({ when: `^Slowly, caller ${i}$`, say: longAnswer(i) })),
    { when: '.', say: spokenAnswer },
  ],
  prepare: cases.flatMap(({ answer }, i) => [answer, longAnswer(i)]),
});
const callers = await Promise.all(
  cases.map(async () => {
    const caller = new TimedCall();
    await caller.connect(url);
    return caller;
  }),
);
// Every line is synthesised once before anything is measured.
await Promise.all(callers.map((caller, i) => caller.ask(cases[i]!.question)));
await Promise.all(callers.map((caller, i) => caller.ask(`Slowly, caller ${i}`)));
const before = new Set((await emulator.answers()).map(({ id }) => id));

const bad: Turn[][] = cases.map(() => []);
for (let round = 0; round < rounds; round++) {
  await Promise.all(
    callers.map(async (caller, i) => {
      // Not all at once: callers do not ask in step.
      await pause((i * 97) % 400);
      bad[i]!.push(await caller.ask(cases[i]!.question));
    }),
  );
}
const interrupted: Interruption[][] = cases.map(() => []);
for (let round = 0; round < 4; round++) {
  await Promise.all(
    callers.map(async (caller, i) => {
      await pause((i * 61) % 300);
      interrupted[i]!.push(await interrupt(caller, i, 300 + ((i * 137 + round * 411) % 2400)));
    }),
  );
}
// One after another, so that the order of commits is the order of answers.
const spoken: Turn[] = [];
for (let round = 0; round < 2; round++) {
  await Promise.all(
    callers.map(async (caller, i) => {
      await pause(i * betweenCommitsMs);
      spoken.push(await caller.speak(speech));
    }),
  );
}
spoken.sort((a, b) => a.askedAt - b.askedAt);
const whole = await Promise.all(callers.map((caller, i) => caller.ask(`Slowly, caller ${i}`)));

const answers = (await emulator.answers()).filter(({ id }) => !before.has(id));
console.log(JSON.stringify(report(answers)));
for (const { call } of callers) void call.end();

/** Asks for a long answer and speaks over it. */
async function interrupt(caller: TimedCall, i: number, afterMs: number): Promise<Interruption> {
  let playedMs = 0;
  let stoppedAt = 0;
  const turn = await caller.ask(`Slowly, caller ${i}`, async (current) => {
    while (current.firstAt.B === undefined) await pause(5);
    await pause(afterMs);
    playedMs = caller.playedMs();
    stoppedAt = unixMs();
    caller.call.bargeIn();
  });
  return { turn, playedMs, stopMs: Math.max(0, turn.lastLaneBAt - stoppedAt) };
}

function report(all: readonly Answered[]): GateReport {
  const heard: number[] = [];
  const errors: number[] = [];
  for (const [i, { answer }] of cases.entries()) {
    const badAnswers = all.filter(({ text }) => text === answer);
    const longAnswers = all.filter(({ text }) => text === longAnswer(i));
    for (const [k, turn] of bad[i]!.entries()) {
      heard.push(Math.max(0, turn.heardMs - badStartMs(badAnswers[k]!)));
    }
    for (const [k, { playedMs }] of interrupted[i]!.entries()) {
      errors.push(Math.abs(playedMs - longAnswers[k]!.truncations.at(-1)!.audioEndMs));
    }
  }
  const stops = interrupted.flat();
  const turns = [...bad.flat(), ...stops.map(({ turn }) => turn), ...spoken, ...whole];
  const gaps = turns.flatMap((turn) => turn.gaps);
  const spokenAnswers = all.filter(({ text }) => text === spokenAnswer);
  return {
    mode: values.mode,
    runs: heard.length,
    heardMs: spread(heard),
    runsHeard: heard.filter((ms) => ms > 0).length,
    truncationErrorMs: spread(errors),
    bargeInMs: spread(stops.map(({ stopMs }) => stopMs)),
    laneAMs: spread(
      spoken.flatMap(({ firstAt, askedAt }) => (firstAt.A === undefined ? [] : [firstAt.A - askedAt])),
    ),
    laneBOverheadMs: spread(spoken.map((turn, i) => overheadMs(spokenAnswers[i]!, turn))),
    glitches: {
      answeredMinutes: Math.round(turns.reduce((sum, { receivedMs }) => sum + receivedMs, 0) / 6000) / 10,
      gaps: gaps.length,
      gapMs: spread(gaps),
    },
  };
}

function overheadMs({ createdAt, firstAudioAt }: Answered, { askedAt, firstAt }: Turn): number {
  if (firstAudioAt === null || firstAt.B === undefined) throw new Error('a spoken turn was not answered');
  return Math.max(0, firstAt.B - askedAt - commitWindowMs - (firstAudioAt - createdAt));
}

function badStartMs({ words, text }: Answered): number {
  const first = badPhrase.split(' ')[0]!;
  const word = words.find(({ text: said }) => said.toLowerCase().startsWith(first));
  if (word === undefined) throw new Error(`the report has no «${first}» in «${text}»`);
  return word.startMs;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
