import { useEffect, useRef } from 'react';
import type { Turn } from './conversation.ts';
import type { View } from './view.ts';

/** So near the end, in px, the reader is taken to follow along. */
const followWithin = 80;

export function Transcript({ view }: { view: View }) {
  const { turns } = view.conversation;
  const scroller = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);

  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls whenever what is shown has changed
  useEffect(() => {
    if (isFollowing.current) toEnd(scroller.current);
  }, [turns]);

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
        </ol>
      )}
    </div>
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

function TurnItem({ turn }: { turn: Turn }) {
  if (turn.who === 'note')
    return (
      <li className="turn-note">
        <span>{turn.text}</span>
      </li>
    );
  const isPending = turn.text === '';
  return (
    // While the text grows it is busy: read out when it is whole, not word by word.
    <li
      className={`turn turn-${turn.who}`}
      data-testid={`turn-${turn.who}`}
      data-final={turn.isFinal}
      aria-busy={!turn.isFinal}
    >
      <span className="turn-who">{turn.who === 'caller' ? 'You' : 'Assistant'}</span>
      <p className="turn-text">
        {isPending ? <Pending who={turn.who} isFinal={turn.isFinal} /> : turn.text}
        {turn.isCutOff && <span className="turn-cut"> — interrupted</span>}
      </p>
      {turn.citations.length > 0 && <Citations turn={turn} />}
    </li>
  );
}

function Pending({ who, isFinal }: Pick<Turn, 'who' | 'isFinal'>) {
  if (isFinal) return <span className="turn-silent">Spoken, no text</span>;
  return (
    <span className="pending">
      <span className="visually-hidden">{who === 'caller' ? 'Writing down what you said' : 'Answering'}</span>
      <i aria-hidden="true" />
      <i aria-hidden="true" />
      <i aria-hidden="true" />
    </span>
  );
}

function Citations({ turn }: { turn: Turn }) {
  return (
    <ul className="citations" aria-label="Sources">
      {turn.citations.map((citation) => (
        <li key={citation.id}>
          <details data-testid="citation">
            <summary>{citation.source}</summary>
            <p>{citation.text}</p>
          </details>
        </li>
      ))}
    </ul>
  );
}
