import { errors } from '@vjj/shared/errors.ts';
import type { statusOf } from './cluster-view.ts';

type Status = ReturnType<typeof statusOf> & { version: string; uptimeSeconds: number };

/** Nothing but its own style; whoever it came from, it runs nothing. */
export const statusPageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
  'Cache-Control': 'no-store',
};

const style = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
  body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem }
  th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; font-variant-numeric: tabular-nums }
  th { font-weight: 600 } .ok { color: #18794e } .bad { color: #c0392b; font-weight: 600 }
`;

/** `/status` for people who look at it in a browser; it renews itself. */
export function statusPage(status: Status): string {
  const {
    sessions,
    capacity,
    waiting,
    latency,
    lanes,
    gateways,
    workers,
    recorders,
    version,
    uptimeSeconds,
  } = status;
  const features = Object.entries((status.features ?? {}) as Record<string, unknown>);
  const queues = (status.queues ?? []) as Record<string, unknown>[];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>${escaped(status.status)}: voice-jib-jab</title><style>${style}</style>
<h1>voice-jib-jab: ${mark(status.status, status.status === 'ok')}</h1>
<p>${sessions} of ${capacity} calls, ${waiting} wait · version ${escaped(version)} · this gateway runs for ${uptimeSeconds} s</p>
${table(
  'Lanes',
  ['lane', 'state'],
  Object.entries(lanes).map(([lane, said]) => [lane, said]),
)}
${table(
  'Latency of the last five minutes, ms',
  ['', 'p50', 'p95', 'p99', 'calls or turns'],
  Object.entries(latency).map(([what, seen]) => [what, seen?.p50Ms, seen?.p95Ms, seen?.p99Ms, seen?.count]),
)}
${table(
  'Processes',
  ['role', 'id', 'state', 'calls', 'limited by', 'event loop p95, ms', 'memory, MB', 'links', 'lease, ms'],
  [
    ...gateways.map((one) => ['gateway', one, one.sessions, one.links, ''] as const),
    ...workers.map(
      (one) => ['worker', one, `${one.sessions} of ${one.capacity}`, one.links, one.limitedBy ?? ''] as const,
    ),
    ...recorders.map((one) => ['recorder', one, '', '', one.audit === 'ok' ? '' : one.audit] as const),
  ].map(([role, one, calls, links, limitedBy]) => [
    ...[role, one.id, one.state, calls, limitedBy, one.loopLagP95Ms],
    ...[Math.round(one.rssBytes / 1e6), links, one.leaseMs],
  ]),
)}
${table(
  'Queues',
  Object.keys(queues[0] ?? {}),
  queues.map((queue) => Object.values(queue)),
)}
${table('Features', ['name', 'value'], features)}
</html>`;
}

function table(title: string, heads: readonly string[], rows: readonly (readonly unknown[])[]): string {
  if (rows.length === 0) return '';
  const cells = (name: string, values: readonly unknown[]) =>
    `<tr>${values.map((value) => `<${name}>${cell(value)}</${name}>`).join('')}</tr>`;
  return `<h2>${title}</h2><table>${cells('th', heads)}${rows.map((row) => cells('td', row)).join('')}</table>`;
}

/** States that ask for somebody's eyes stand out. */
function cell(value: unknown): string {
  const text = String(value ?? '–');
  if (text === 'up' || text === 'on' || text === 'ok') return mark(text, true);
  const isBad = /^(lost|draining|off\b|filling|failing)/.test(text) || text in errors;
  return isBad ? mark(text, false) : escaped(text);
}

function mark(text: string, isWell: boolean): string {
  return `<span class="${isWell ? 'ok' : 'bad'}">${escaped(text)}</span>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
