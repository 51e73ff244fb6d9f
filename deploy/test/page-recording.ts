import { bytesOf, durationMs, rms } from '@vjj/shared/audio.ts';
import type { Owner, OwnerCause } from '@vjj/shared/protocol/messages.ts';
import { type PageCaller, samplesPerMs } from './page-caller.ts';

const momentMs = 100;
const limitMs = 5000;

/** A change of speaker, and where in the recording the page learned of it, ms. */
export interface SpeakerChange {
  to: Owner;
  cause: OwnerCause;
  atMs: number;
}

/** What a page played, sample for sample, from the moment it was made. */
export class PageRecording {
  readonly #caller: PageCaller;

  private constructor(caller: PageCaller) {
    this.#caller = caller;
  }

  /** The page lets sound begin with the first press of a key or button. */
  static async begun(caller: PageCaller): Promise<PageRecording> {
    await caller.page.mouse.click(1, 1);
    await caller.page.evaluate(`(async () => {
      const { call, playback } = window.voiceJibJab;
      await playback.unlock();
      const recording = await playback.record();
      const changes = [];
      const presses = [];
      window.recording = { recording, changes, presses };
      call.on('lane.owner_changed', ({ to, cause }) => changes.push({ to, cause, atMs: recording.nowMs() }));
      addEventListener('pointerdown', () => presses.push(recording.nowMs()), { capture: true });
    })()`);
    return new PageRecording(caller);
  }

  /** Where the button went down, ms. */
  presses(): Promise<number[]> {
    return this.#caller.page.evaluate('window.recording.presses');
  }

  changes(): Promise<SpeakerChange[]> {
    return this.#caller.page.evaluate('window.recording.changes');
  }

  /** Everything so far, and what follows within a moment: the page learns of its last samples before their frame is whole. */
  async sound(): Promise<Sound> {
    const base64 = await this.#caller.page.evaluate<string>(`(async () => {
      const { recording } = window.recording;
      const untilMs = recording.nowMs() + ${momentMs};
      const limit = performance.now() + ${limitMs};
      while (recording.samples().length / ${samplesPerMs} < untilMs && performance.now() < limit) await new Promise((next) => setTimeout(next, 10));
      return new Uint8Array(recording.samples().buffer).toBase64();
    })()`);
    return new Sound(Buffer.from(base64, 'base64'));
  }
}

/** PCM16, mono, 24,000 Hz. */
export class Sound {
  readonly pcm: Buffer;

  constructor(pcm: Buffer) {
    this.pcm = pcm;
  }

  get lengthMs(): number {
    return durationMs(this.pcm.length);
  }

  /** Loudness between two moments: root mean square, 0–32,768. */
  loudness(fromMs: number, toMs: number): number {
    return rms(this.pcm.subarray(bytesOf(fromMs), bytesOf(toMs)));
  }
}
