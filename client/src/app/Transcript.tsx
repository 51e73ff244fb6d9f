import { useEffect, useRef } from 'react';
import type { Citation, Remark, Turn } from './conversation.ts';
import type { View } from './view.ts';

/** So near the end, in px, the reader is taken to follow along. */
const followWithin = 80;

export function Transcript({ view }: { view: View }) {
  const { turns } = view.conversation;
  const scroller = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);

  useEffect(() => {
    if (isFollowing.current) toEnd(scroller.current);
  });

  // Room is taken and given by notices, the options of a mode, and the keyboard of a phone.
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (isFollowing.current) toEnd(element);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  function onScroll() {
    const element = scroller.current;
    if (element === null) return;
    isFollowing.current = element.scrollHeight - element.scrollTop - element.clientHeight < followWithin;
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <div className="transcript" ref={scroller} onScroll={onScroll} tabIndex={0} data-testid="transcript">
      {turns.length === 0 ? (
        <Welcome isReturning={view.isReturning} isHold={view.mode === 'push-to-talk'} />
      ) : (
        <ol className="turns" aria-live="polite" aria-relevant="additions text">
          {turns.map((turn) => (
            <TurnItem key={turn.id} turn={turn} />
          ))}
          {view.isAwaiting && turns.at(-1)?.who === 'caller' && <Thinking />}
        </ol>
      )}
    </div>
  );
}

/** Nothing of the answer is shown yet. The line under the button says so to who cannot see it. */
function Thinking() {
  return (
    <li className="turn turn-agent" data-testid="thinking" aria-hidden="true">
      <span className="turn-who">Assistant</span>
      <p className="turn-text">
        <Dots />
      </p>
    </li>
  );
}

function toEnd(element: HTMLElement | null): void {
  if (element !== null) element.scrollTop = element.scrollHeight;
}

function Welcome({ isReturning, isHold }: { isReturning: boolean; isHold: boolean }) {
  return (
    <div className="welcome">
      <p className="welcome-title">{isReturning ? 'Welcome back.' : 'How can we help?'}</p>
      <p>
        {isHold ? 'Hold the button' : 'Turn the microphone on'}
        {isHold && <span className="with-keyboard">, or the space bar,</span>} and speak. Or type below.
      </p>
    </div>
  );
}

const cutWords: Record<NonNullable<Turn['cut']>, string> = {
  interrupted: 'interrupted',
  stopped: 'stopped by the safety policy',
};
/** Who is offered help hears help, and reads nothing of a policy. */
const remarkWords: Record<Remark, string | undefined> = {
  reworded: 'Reworded by the safety policy',
  declined: 'Not answered because of the safety policy',
  help: undefined,
};

function TurnItem({ turn }: { turn: Turn }) {
  if (turn.who === 'note')
    return (
      <li className="turn-note">
        <span>{turn.text}</span>
      </li>
    );
  const isPending = turn.text === '';
  const remark = turn.remark === undefined ? undefined : remarkWords[turn.remark];
  return (
    // While the text grows it is busy: read out when it is whole, not word by word.
    <li
      className={`turn turn-${turn.who}`}
      data-testid={`turn-${turn.who}`}
      data-final={turn.isFinal}
      data-remark={turn.remark}
      aria-busy={!turn.isFinal}
    >
      <span className="turn-who">{turn.who === 'caller' ? 'You' : 'Assistant'}</span>
      <p className="turn-text">
        {isPending ? <Pending who={turn.who} isFinal={turn.isFinal} /> : turn.text}
        {turn.cut !== undefined && <span className="turn-cut"> — {cutWords[turn.cut]}</span>}
      </p>
      {remark !== undefined && <p className="turn-remark">{remark}</p>}
      {turn.citations.length > 0 && <Citations citations={turn.citations} />}
    </li>
  );
}

function Pending({ who, isFinal }: Pick<Turn, 'who' | 'isFinal'>) {
  if (isFinal) return <span className="turn-silent">Spoken, no text</span>;
  return (
    <span>
      <span className="visually-hidden">{who === 'caller' ? 'Writing down what you said' : 'Answering'}</span>
      <Dots />
    </span>
  );
}

function Dots() {
  return (
    <span className="dots" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

/** Footnotes: what the answer stands on, to be looked up when one wants to. */
function Citations({ citations }: { citations: readonly Citation[] }) {
  const sources = [...new Set(citations.map(({ source }) => source))];
  return (
    <details className="citations" data-testid="citations">
      <summary>
        {citations.length === 1 ? 'Source' : `${citations.length} sources`}: {sources.join(', ')}
      </summary>
      <ol>
        {citations.map(({ id, source, text }) => (
          <li key={id} data-testid="citation">
            {text} {sources.length > 1 && <cite>{source}</cite>}
          </li>
        ))}
      </ol>
    </details>
  );
}
