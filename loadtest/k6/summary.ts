import { maxConnectLagMs, maxLagMs } from '../max-lag.ts';
import { sessions } from './load.ts';
import type { PlannedCalls } from './schedule.ts';

type Values = Record<string, number | undefined>;
interface Summary {
  metrics: Record<string, { values: Values; thresholds?: Record<string, { ok: boolean }> } | undefined>;
}

const maxLateMs = 50;

/** k6's own hook: the row of RUNBOOK's table, or why there is none. */
export function summaryOf(pattern: string, planned: PlannedCalls = { least: sessions, most: sessions }) {
  return ({ metrics }: Summary): Record<string, string> => {
    const values = (name: string): Values => metrics[name]?.values ?? {};
    const connected = values('vjj_connected').count ?? 0;
    const answered = values('vjj_answers').count ?? 0;
    const connectLate = values('vjj_k6_connect_late_ms')['p(95)'] ?? 0;
    const isConnectLate = connectLate > maxConnectLagMs;
    const figure = (name: string, what: string) => {
      // k6 gives a Trend with thresholds as zeros when nothing was added to it.
      const isLeftOut = name === 'vjj_connect_ms' ? connected === 0 || isConnectLate : answered === 0;
      const value = values(name)[what];
      return value === undefined || isLeftOut ? '–' : value.toFixed(0);
    };
    const late = values('vjj_k6_late_ms')['p(95)'] ?? 0;
    const dropped = values('dropped_iterations').count ?? 0;
    const turns = values('vjj_turns').count ?? 0;
    const failed = values('vjj_failures').count ?? 0;
    const begun = values('vjj_calls').count ?? 0;
    const isAsPlanned = begun >= planned.least && begun <= planned.most;
    if (late > maxLateMs || (!isAsPlanned && dropped === 0)) {
      const what = `its timers were ${late.toFixed(0)} ms late at p95, ${begun} of ${planned.least} calls began`;
      return {
        stdout: `INVALID: k6 itself could not make this load (${what}). This says nothing of the target: use fewer sessions, more cores, or several machines.\n`,
      };
    }
    const emulatorLate = values('vjj_emulator_late_ms').value ?? 0;
    if (emulatorLate > maxLagMs)
      return {
        stdout: `INVALID: the simulated voice service was late itself (${emulatorLate.toFixed(0)} ms at p99). This says nothing of the cluster: use fewer sessions or more cores.\n`,
      };
    if (dropped > 0)
      return {
        stdout: `INVALID: the target was too slow for this load: k6 was in time, but so much of what had begun was not over that it had nobody left for ${dropped} more. Use fewer sessions.\n`,
      };
    if (connected === 0)
      return { stdout: 'Nobody was connected: is the target up? Say where it is with URL=ws://…/ws\n' };
    const columns = [
      'connect p50',
      'p95',
      'p99',
      'TTFB p50',
      'p95',
      'p99',
      'first audio p95',
      'answers',
      'failures',
    ];
    const row = [
      ...['p(50)', 'p(95)', 'p(99)'].map((what) => figure('vjj_connect_ms', what)),
      ...['p(50)', 'p(95)', 'p(99)'].map((what) => figure('vjj_ttfb_response_ms', what)),
      figure('vjj_ttfb_audio_ms', 'p(95)'),
      `${answered}`,
      `${failed}`,
    ];
    const broken = Object.entries(metrics).flatMap(([name, metric]) =>
      Object.entries(metric?.thresholds ?? {}).flatMap(([rule, { ok }]) => (ok ? [] : [`${name}: ${rule}`])),
    );
    return {
      stdout: [
        `| pattern | sessions | ${columns.join(' | ')} |`,
        `|---|---|${columns.map(() => '---|').join('')}`,
        `| ${pattern} | ${sessions} | ${row.join(' | ')} |`,
        ...(isConnectLate
          ? [
              `no time to connect: k6 itself was late while callers connected (${connectLate.toFixed(0)} ms at p95)`,
            ]
          : []),
        ...(answered < turns ? [`${turns - answered} of ${turns} turns were not answered`] : []),
        ...(broken.length > 0 ? [`not kept: ${broken.join('; ')}`] : []),
        '',
      ].join('\n'),
    };
  };
}

export const summaryTrendStats = ['avg', 'p(50)', 'p(95)', 'p(99)', 'max'];
