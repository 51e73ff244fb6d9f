import { useRef, useSyncExternalStore } from 'react';
import { EventStrip } from './EventStrip.tsx';
import { Header } from './Header.tsx';
import { NoticeBar } from './NoticeBar.tsx';
import { TalkPanel } from './TalkPanel.tsx';
import { Transcript } from './Transcript.tsx';
import { TypedTurn } from './TypedTurn.tsx';
import type { VoiceSession } from './voice-session.ts';

export function App({ session }: { session: VoiceSession }) {
  const view = useSyncExternalStore(session.watch, session.view);
  const textField = useRef<HTMLInputElement>(null);
  const act = {
    call: () => session.begin(),
    retry: () => session.retryNow(),
    type: () => textField.current?.focus(),
  };
  return (
    <div className="page">
      <Header view={view} />
      {view.isSimulated && (
        <p className="simulated" role="note" data-testid="simulated-banner">
          Simulated voice service: what you say by microphone is replaced by a script; type to be understood
        </p>
      )}
      <main className="room">
        <section className="talk-room" aria-label="Conversation">
          <Transcript view={view} />
          <div className="dock">
            {/* There before the notice is: what appears together with its live region is not read out. */}
            <div className="notices" aria-live="polite">
              {view.notice !== undefined && (
                <NoticeBar notice={view.notice} act={act} onDismiss={() => session.dismissNotice()} />
              )}
            </div>
            <TalkPanel session={session} view={view} />
            <TypedTurn
              field={textField}
              isEnabled={view.call === 'live' || view.call === 'reconnecting'}
              onSend={(text) => session.sendText(text)}
            />
          </div>
        </section>
        <EventStrip view={view} />
      </main>
    </div>
  );
}
