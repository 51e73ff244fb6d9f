import type { ReadEvent } from './read-events.ts';

const marks: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (mark) => marks[mark]!);

const style = `
  :root { color-scheme: light; }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a; background: #fff; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; overflow-wrap: anywhere; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; } dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
  table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: #555; padding-bottom: .4rem; }
  th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-top: 1px solid #ddd; }
  td:last-child { overflow-wrap: anywhere; } time { white-space: nowrap; font-variant-numeric: tabular-nums; }
  tr.policy td { background: #fff6e0; } tr.error td { background: #fdecec; }
  @media print { body { margin: 0; max-width: none; font-size: 10pt; } tr { break-inside: avoid; } h2 { break-after: avoid; } }`;

/** A page that needs nothing else: printed, mailed or kept as it is. Nothing in it can run. */
export function* htmlTimeline(events: readonly ReadEvent[], title: string, at: Date): Generator<string> {
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}
</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>Exported <time datetime="${at.toISOString()}">${at.toISOString()}</time>, ${events.length} events. Times are UTC.</p>
`;
  for (const [session, own] of Map.groupBy(events, ({ event }) => event.session))
    yield* sessionPart(session, own);
  yield '</main>\n</body>\n</html>\n';
}

function* sessionPart(session: string, events: readonly ReadEvent[]): Generator<string> {
  const { tenant, user, agent } = events[0]!.event;
  const epochs = [...new Set(events.map(({ event }) => event.epoch))];
  yield `<section>
<h2>Session ${escaped(session)}</h2>
<dl><dt>Tenant</dt><dd>${escaped(tenant)}</dd><dt>Person</dt><dd>${escaped(user)}</dd><dt>Agent</dt><dd>${escaped(agent)}</dd></dl>
<table>
<caption>What happened, in its order${epochs.length > 1 ? `; the call moved ${epochs.length - 1} time${epochs.length === 2 ? '' : 's'}` : ''}</caption>
<thead><tr><th scope="col">Time</th><th scope="col">Event</th><th scope="col">Who</th><th scope="col">What</th></tr></thead>
<tbody>
`;
  for (const { event, described, late } of events) {
    const kind = described.who === 'Policy' ? 'policy' : described.who === 'Error' ? 'error' : '';
    const text = `${described.text}${late ? ' (came late)' : ''}`;
    yield `<tr${kind === '' ? '' : ` class="${kind}"`}><td><time datetime="${escaped(event.at)}">${escaped(event.at.slice(0, 10))} ${escaped(event.at.slice(11, 23))}</time></td><td>${event.epoch}/${event.seq}</td><th scope="row">${escaped(described.who)}</th><td>${escaped(text)}</td></tr>
`;
  }
  yield '</tbody>\n</table>\n</section>\n';
}
