import type { Call } from '../sdk/call.ts';
import type { Playback } from './playback.ts';

/** Plays a call on a speaker, and lets the call tell the server what was heard. */
export function playCall(call: Call, playback: Playback): void {
  call.playback = playback;
  call.on('audio', (frame) => playback.push(frame));
  call.on('flush', () => playback.flush());
  call.on('response.start', () => playback.beginAnswer());
  call.on('response.end', () => playback.endAnswer());
  call.on('ended', () => playback.flush());
  playback.on('answerPlayed', () => call.playbackEnded());
}
