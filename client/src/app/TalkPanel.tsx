import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import { TalkButton } from './TalkButton.tsx';
import { type Phase, phaseOf, type View } from './view.ts';
import type { VoiceSession } from './voice-session.ts';

const modes: { mode: VoiceMode; words: string }[] = [
  { mode: 'push-to-talk', words: 'Hold to talk' },
  { mode: 'open-mic', words: 'Open mic' },
];

/** What the caller can do now, in one line under the button. */
function hint(view: View, phase: Phase): string {
  if (view.call === 'ended') return 'The call is over';
  if (view.call === 'reconnecting') return 'One moment, reconnecting';
  if (view.isWaiting) return 'Waiting for a free line';
  if (view.call !== 'live') return 'One moment, connecting';
  if (view.talk === 'opening') return 'Opening the microphone…';
  const isHold = view.mode === 'push-to-talk';
  switch (phase) {
    case 'listening':
      return isHold ? 'Listening. Let go to send' : 'Listening. Just speak';
    case 'thinking':
      return 'Thinking…';
    case 'speaking':
      return isHold ? 'Speaking. Hold to interrupt' : 'Speaking. You can interrupt';
    case 'idle':
      return isHold ? 'Hold the button and speak' : 'Turn the microphone on to speak';
  }
}

export function TalkPanel({ session, view }: { session: VoiceSession; view: View }) {
  const phase = phaseOf(view);
  return (
    <div className="talk" data-testid="talk-panel" data-phase={phase}>
      <TalkButton session={session} view={view} phase={phase} />
      <p className="hint" role="status" data-testid="hint">
        {hint(view, phase)}
      </p>
      {view.call !== 'ended' && <TalkOptions session={session} view={view} />}
    </div>
  );
}

function TalkOptions({ session, view }: { session: VoiceSession; view: View }) {
  return (
    <div className="talk-options">
      <fieldset className="modes">
        <legend className="visually-hidden">How to talk</legend>
        {modes.map(({ mode, words }) => (
          <label key={mode}>
            <input
              type="radio"
              name="voice-mode"
              data-testid={`mode-${mode}`}
              checked={view.mode === mode}
              disabled={view.call !== 'live'}
              onChange={() => session.setMode(mode)}
            />
            <span>{words}</span>
          </label>
        ))}
      </fieldset>
      {view.mode === 'open-mic' && (
        <label className="check">
          <input
            type="checkbox"
            data-testid="barge-in-toggle"
            checked={view.noticesBargeIn}
            onChange={(event) => session.setNoticesBargeIn(event.target.checked)}
          />
          <span>Let me interrupt by speaking</span>
        </label>
      )}
    </div>
  );
}
