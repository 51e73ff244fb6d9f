import type { Row } from './rows.ts';
import type { Percentiles } from './statistics.ts';

const columns = [
  'pattern',
  'sessions',
  'system',
  'connect p50 / p95 / p99',
  'TTFB p50 / p95 / p99',
  'first audio p95',
  'added per frame p95',
  'barge-in p95',
  'CPU ms per session-minute: gateway + worker + recorder + Redis',
  'errors',
];

/** The rows as RUNBOOK shows them, ms; those that say nothing of the system are left out, and counted. */
export function markdownTable(rows: readonly Row[]): string {
  const valid = rows.filter((row) => row.valid);
  const lines = valid.map((row) => `| ${cellsOf(row).join(' | ')} |`);
  const reasons = valid.flatMap((row) =>
    row.connectMs === null && row.connectInvalidBecause !== undefined
      ? [`No time to connect of ${row.pattern} ${row.sessions} ${nameOf(row)}: ${row.connectInvalidBecause}.`]
      : [],
  );
  const left = rows.length - valid.length;
  return [
    `| ${columns.join(' | ')} |`,
    `|${columns.map(() => '---|').join('')}`,
    ...lines,
    ...(reasons.length > 0 ? ['', ...reasons] : []),
    ...(left > 0 ? ['', `${left} rows were not valid: load driver or emulator were the bottleneck.`] : []),
  ].join('\n');
}

function cellsOf(row: Row): string[] {
  const { connectMs, ttfbResponseMs, cpuMsPerSessionMinute: cpu } = row;
  const all = (of: Percentiles | null | undefined) =>
    of == null ? '–' : [of.p50, of.p95, of.p99].map(short).join(' / ');
  const one = (value: number | undefined) => (value === undefined ? '–' : short(value));
  return [
    row.pattern,
    `${row.sessions}`,
    nameOf(row),
    all(connectMs),
    all(ttfbResponseMs),
    one(row.ttfbAudioMs?.p95),
    one(row.addedFrameMs?.p95),
    one(row.bargeInMs?.p95),
    row.system.startsWith('relay')
      ? short(cpu.total)
      : `${short(cpu.total)}: ${[cpu.gateway, cpu.worker, cpu.recorder, cpu.redis].map((ms) => short(ms ?? 0)).join(' + ')}`,
    `${row.errors}`,
  ];
}

function nameOf({ system, client }: Row): string {
  return system.startsWith('relay') ? system : `${system}, ${client}`;
}

function short(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
