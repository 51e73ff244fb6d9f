import './styles/base.css';
import './styles/page.css';
import './styles/conversation.css';
import './styles/talk.css';
import './styles/strip.css';
import './styles/motion.css';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { exposeForTests } from './debug-handle.ts';
import { fingerprint } from './fingerprint.ts';
import { VoiceSession } from './voice-session.ts';

const socketUrl = new URL('/ws', location.href);
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

const session = new VoiceSession({
  url: socketUrl.href,
  fingerprint: fingerprint(),
  agent: new URLSearchParams(location.search).get('agent') ?? undefined,
});
exposeForTests(session);
session.begin();

addEventListener('online', () => session.retryNow());
// A connection may have died unnoticed while nobody looked, as in a telephone that slept.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') session.retryNow();
});
// Says goodbye instead of leaving the server to hold the call for somebody who closed the page.
addEventListener('pagehide', () => session.hangUp());

const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App session={session} />);
