import type { Owner } from '@vjj/shared/protocol/messages.ts';
import { useState } from 'react';
import type { StripLine, View } from './view.ts';

const ownerWords: Record<Owner, string> = {
  none: 'Not speaking',
  A: 'Quick acknowledgement',
  B: 'Answering',
  fallback: 'Safe reply',
};
const laneWords: Record<Exclude<Owner, 'none'>, string> = { A: 'Lane A', B: 'Lane B', fallback: 'Fallback' };

/** What goes on behind the conversation: beside it where there is room, folded to one line where not. */
export function EventStrip({ view }: { view: View }) {
  const [isOpen, setOpen] = useState(false);
  const [newest] = view.strip;
  return (
    <aside
      className="strip"
      aria-label="Behind the conversation"
      data-open={isOpen}
      data-testid="event-strip"
    >
      <button
        type="button"
        className="strip-fold"
        aria-expanded={isOpen}
        aria-controls="strip-body"
        onClick={() => setOpen(!isOpen)}
      >
        <span className="strip-title">Behind the conversation</span>
        <span className="strip-newest">{newest?.text ?? 'Checks and sources'}</span>
        <LaneBadge owner={view.owner} />
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M4 6l4 4 4-4" />
        </svg>
      </button>
      <h2>Behind the conversation</h2>
      <div className="strip-body" id="strip-body">
        <dl className="facts">
          <div>
            <dt>Assistant</dt>
            <dd data-testid="owner" data-owner={view.owner}>
              {ownerWords[view.owner]}
              <LaneBadge owner={view.owner} />
            </dd>
          </div>
          <div>
            <dt>Served by</dt>
            <dd data-testid="worker">{view.worker ?? '–'}</dd>
          </div>
        </dl>
        {view.strip.length === 0 ? (
          <p className="strip-empty">Checks, sources and hand-overs appear here as they happen.</p>
        ) : (
          <ol className="happenings">
            {view.strip.map((line) => (
              <Line key={line.id} line={line} />
            ))}
          </ol>
        )}
      </div>
    </aside>
  );
}

/** Which lane speaks. */
function LaneBadge({ owner }: { owner: Owner }) {
  if (owner === 'none') return null;
  return (
    <span className="lane" data-owner={owner}>
      {laneWords[owner]}
    </span>
  );
}

const kindWords: Record<StripLine['kind'], string> = {
  speaker: 'Voice',
  policy: 'Policy',
  tool: 'Tool',
  source: 'Source',
  call: 'Call',
};

function Line({ line }: { line: StripLine }) {
  return (
    <li className={`happening tone-${line.tone}`} data-testid="event" data-kind={line.kind}>
      <span className="happening-kind">{kindWords[line.kind]}</span>
      <span className="happening-text">
        {line.text}
        {line.count > 1 && <span className="happening-count"> ×{line.count}</span>}
        {line.detail !== undefined && ' '}
        {line.detail !== undefined && <small>{line.detail}</small>}
      </span>
    </li>
  );
}
