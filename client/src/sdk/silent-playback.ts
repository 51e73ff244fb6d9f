import { bytesPerMs } from '@vjj/shared/protocol/messages.ts';
import type { Call } from './call.ts';
import type { PlaybackClock } from './playback-clock.ts';
import type { AudioFrame } from './server-frame.ts';

/** What a player needs of a call. */
type PlayedCall = Pick<Call, 'playback' | 'on' | 'playbackEnded'>;

/**
 * Plays a call's audio at its pace to nobody, for tests and load generators: the server sees the same
 * acknowledgements and the same `playback.ended` as from a caller with a loudspeaker.
 */
export class SilentPlayback implements PlaybackClock {
  readonly #call: PlayedCall;
  #lane: string | undefined;
  #answer: number | undefined;
  #queuedMs = 0;
  #startedAt = 0;
  #isResponseOver = false;
  #drained: ReturnType<typeof setTimeout> | undefined;

  constructor(call: PlayedCall) {
    this.#call = call;
    call.playback = this;
    call.on('audio', (frame) => this.#add(frame));
    call.on('flush', () => this.#flush());
    call.on('response.start', () => {
      this.#isResponseOver = false;
      // JSON frames do not number their answer: whatever comes next is another one.
      this.#lane = undefined;
    });
    call.on('response.end', () => {
      this.#isResponseOver = true;
      this.#endWhenDrained();
    });
    call.on('ended', () => clearTimeout(this.#drained));
  }

  isPlaying(): boolean {
    return this.#leftMs() > 0;
  }

  playedMs(): number {
    return Math.max(0, this.#queuedMs - this.#leftMs());
  }

  #leftMs(): number {
    return Math.max(0, this.#startedAt + this.#queuedMs - performance.now());
  }

  #add(frame: AudioFrame): void {
    const isAnother = frame.lane !== this.#lane || frame.answer !== this.#answer;
    this.#lane = frame.lane;
    this.#answer = frame.answer;
    const now = performance.now();
    if (isAnother) {
      this.#startedAt = now + this.#leftMs();
      this.#queuedMs = 0;
    } else if (this.#leftMs() === 0) {
      // The queue had run dry: the silence since then was not heard speech.
      this.#startedAt = now - this.#queuedMs;
    }
    this.#queuedMs += frame.pcm.byteLength / bytesPerMs;
    if (this.#isResponseOver) this.#endWhenDrained();
  }

  #flush(): void {
    const wasPlaying = this.isPlaying();
    this.#queuedMs = this.playedMs();
    this.#startedAt = performance.now() - this.#queuedMs;
    if (wasPlaying && this.#isResponseOver) this.#endWhenDrained();
  }

  #endWhenDrained(): void {
    clearTimeout(this.#drained);
    this.#drained = setTimeout(() => this.#call.playbackEnded(), this.#leftMs());
  }
}
