import { type KeyboardEvent, type MouseEvent, type PointerEvent, useEffect } from 'react';
import { LevelRing } from './LevelRing.tsx';
import type { Phase, View } from './view.ts';
import type { VoiceSession } from './voice-session.ts';

interface Props {
  session: VoiceSession;
  view: View;
  phase: Phase;
}

/** Hold to talk by pointer, touch, Space or Enter; in open-mic mode a switch. */
export function TalkButton({ session, view, phase }: Props) {
  const isHold = view.mode === 'push-to-talk';
  useSpaceAnywhere(session, isHold);

  function toggle() {
    if (session.isPressed) session.release();
    else session.press();
  }

  function onPointerDown(event: PointerEvent<HTMLButtonElement>) {
    if (!isHold || event.button !== 0) return;
    // Keeps the release ours wherever the finger has slid to.
    event.currentTarget.setPointerCapture(event.pointerId);
    session.press();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!isHold || !isTalkKey(event.key)) return;
    event.preventDefault();
    if (!event.repeat) session.press();
  }

  function onKeyUp(event: KeyboardEvent) {
    if (!isHold || !isTalkKey(event.key)) return;
    event.preventDefault();
    session.release();
  }

  function onClick(event: MouseEvent) {
    // A click without a pointer comes from assistive technology, which cannot hold: it begins and ends.
    if (!isHold || event.detail === 0) toggle();
  }

  function onLetGo() {
    if (isHold) session.release();
  }

  const isOn = view.talk === 'on';
  return (
    <div className="talk-stage">
      <LevelRing session={session} isActive={isOn} />
      <button
        type="button"
        className="talk-button"
        data-testid="talk-button"
        data-phase={phase}
        // Not while it is held: who loses the connection meanwhile goes on talking.
        disabled={view.call !== 'live' && view.talk === 'off'}
        aria-pressed={view.talk !== 'off'}
        aria-keyshortcuts={isHold ? 'Space' : undefined}
        aria-label={isHold ? 'Hold to talk' : 'Microphone'}
        onPointerDown={onPointerDown}
        onPointerUp={onLetGo}
        onPointerCancel={onLetGo}
        onKeyDown={onKeyDown}
        onKeyUp={onKeyUp}
        onBlur={onLetGo}
        onClick={onClick}
        onContextMenu={(event) => event.preventDefault()}
      >
        {phase === 'speaking' && !(isOn && isHold) ? <Waves /> : <MicrophoneIcon isOn={isOn || isHold} />}
      </button>
    </div>
  );
}

/** The space bar talks wherever no control has the focus. */
function useSpaceAnywhere(session: VoiceSession, isHold: boolean) {
  useEffect(() => {
    if (!isHold) return;
    const isOurs = (event: globalThis.KeyboardEvent) => event.key === ' ' && event.target === document.body;
    const onDown = (event: globalThis.KeyboardEvent) => {
      if (!isOurs(event)) return;
      event.preventDefault();
      if (!event.repeat) session.press();
    };
    const onUp = (event: globalThis.KeyboardEvent) => {
      if (isOurs(event)) session.release();
    };
    // A window that loses the focus never sees the key come up.
    const onLeave = () => session.release();
    addEventListener('keydown', onDown);
    addEventListener('keyup', onUp);
    addEventListener('blur', onLeave);
    return () => {
      removeEventListener('keydown', onDown);
      removeEventListener('keyup', onUp);
      removeEventListener('blur', onLeave);
    };
  }, [session, isHold]);
}

function isTalkKey(key: string): boolean {
  return key === ' ' || key === 'Enter';
}

function MicrophoneIcon({ isOn }: { isOn: boolean }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="9" y="3" width="6" height="11" rx="3" />
      <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
      {!isOn && <path d="M4 4l16 16" />}
    </svg>
  );
}

function Waves() {
  return (
    <svg className="icon waves" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M5 10v4" />
      <path d="M9.7 6.5v11" />
      <path d="M14.3 8.5v7" />
      <path d="M19 10.5v3" />
    </svg>
  );
}
