import type { ChaosReport, Spread } from './report.ts';

const columns = [
  'fault',
  'calls live',
  'connections dropped (told to move)',
  'calls moved',
  'calls lost',
  'words spoken',
  'words lost, of callers + of answers',
  'messages lost',
  'gap p50 / p95 / max',
  'silence p50 / p95 / max',
  'back p50 / p95 / max',
];

/** The report as RUNBOOK shows it, ms. */
export function markdownTable(report: ChaosReport): string {
  const rows = [{ kind: 'none', ...report.calm }, ...report.faults].map((row) =>
    [
      row.kind,
      row.callsLive,
      row.socketsMoved > 0 ? `${row.socketsDropped} (${row.socketsMoved})` : row.socketsDropped,
      row.callsMoved,
      row.callsLost,
      row.wordsSpoken,
      row.wordsLost > 0 ? `${row.wordsOfCallersLost} + ${row.wordsOfAnswersLost}` : 0,
      row.messagesLost,
      cell(row.gapMs, row.callsMoved),
      cell(row.silenceMs, row.silenceMs.max),
      cell(row.backMs, row.backMs.max),
    ].join(' | '),
  );
  const { doubleOwners, auditMissing, auditDoubled, auditEvents, leaks } = report;
  return [
    `| ${columns.join(' | ')} |`,
    `|${columns.map(() => '---|').join('')}`,
    ...rows.map((row) => `| ${row} |`),
    '',
    `Double owners ${doubleOwners}, audit events missing ${auditMissing} and doubled ${auditDoubled} of ${auditEvents}, leaks ${leaks}.`,
  ].join('\n');
}

function cell({ p50, p95, max }: Spread, isAny: number): string {
  return isAny > 0 ? `${p50} / ${p95} / ${max}` : '–';
}
