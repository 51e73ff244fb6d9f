import type { Playback } from '../audio/playback.ts';
import type { Call } from '../sdk/call.ts';
import type { VoiceSession } from './voice-session.ts';

declare global {
  interface Window {
    /**
     * For automated tests and for support, never for the page itself. `call.state`, `call.sessionId`,
     * `call.lastSeq` and `call.on(…)` tell of the protocol; `playback.stats` of what really left the
     * speaker: `playedSamples` (24,000 a second), `peak` and `rms` (0 to 1), `underruns`;
     * `playback.isPlaying()` and `playback.playedMs()` of the answer now playing. `await playback.record()`, once
     * there was sound, keeps all that is played from then on: `samples()`, and `nowMs()` for where in it now is.
     */
    voiceJibJab?: { call: Call; playback: Playback };
  }
}

export function exposeForTests({ call, playback }: VoiceSession): void {
  window.voiceJibJab = { call, playback };
}
