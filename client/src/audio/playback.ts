import { sampleRate } from '@vjj/shared/protocol/messages.ts';
import { Emitter, type Listener, type Unsubscribe } from '../sdk/emitter.ts';
import { samplesOfBytes } from '../sdk/pcm.ts';
import type { PlaybackClock } from '../sdk/playback-clock.ts';
import type { AudioFrame } from '../sdk/server-frame.ts';
import workletUrl from './playback.worklet.ts?worker&url';
import { type PlaybackCommand, type PlaybackReport, playbackWorkletName } from './playback-messages.ts';
import type { PlaybackStats } from './playback-queue.ts';
import { Recording } from './recording.ts';

/** A browser that lets nothing sound yet answers only when it does; so long it is waited for, ms. */
const startLimitMs = 1_000;

export interface PlaybackEvents {
  /** Whether the speaker sounds, whenever that changes. */
  playing: boolean;
  /** An answer's last sample was played. */
  answerPlayed: undefined;
}

/** The loudspeaker of a call: plays its audio without gaps and knows what was heard. */
export class Playback implements PlaybackClock {
  readonly #events = new Emitter<PlaybackEvents>();
  #context: AudioContext | undefined;
  #node: AudioWorkletNode | undefined;
  #opening: Promise<void> | undefined;
  /** Commands given before the worklet was there. */
  #early: PlaybackCommand[] = [];
  #generation = 0;
  #pushedSamples = 0;
  #report: PlaybackReport | undefined;
  #isPlaying = false;
  /** Counts (lane, answer) pairs; JSON audio does not number its answers, so each response begins one. */
  #answer = 0;
  #lane: string | undefined;
  #answerOnWire: number | undefined;

  on<Name extends keyof PlaybackEvents>(name: Name, listener: Listener<PlaybackEvents[Name]>): Unsubscribe {
    return this.#events.on(name, listener);
  }

  /** What was really played since the page opened. */
  get stats(): PlaybackStats {
    return this.#report?.stats ?? { playedSamples: 0, peak: 0, rms: 0, underruns: 0 };
  }

  /** Opens the speaker. Browsers allow it from a key or pointer event on; safe to repeat. */
  async unlock(): Promise<AudioContext> {
    this.#context ??= new AudioContext({ sampleRate, latencyHint: 'interactive' });
    const context = this.#context;
    if (context.state !== 'running') void context.resume();
    this.#opening ??= this.#addWorklet(context);
    try {
      await this.#opening;
    } catch (error) {
      if (context === this.#context) this.#closeAgain(context);
      throw error;
    }
    return context;
  }

  /**
   * Has the sound begin where the event did not let it, as the beginning of a touch: a page that hears the microphone may be
   * heard. False when the browser does not let it even so.
   */
  async start(): Promise<boolean> {
    const context = this.#context;
    if (context === undefined) return false;
    if (context.state !== 'running') {
      const limit = new Promise((resolve) => setTimeout(resolve, startLimitMs));
      await Promise.race([context.resume(), limit]);
    }
    return context.state === 'running';
  }

  push({ pcm, lane, answer }: AudioFrame): void {
    // Before the first key or pointer event the browser lets nothing sound; kept, it would sound too late.
    if (this.#context === undefined) return;
    if (lane !== this.#lane || answer !== this.#answerOnWire) this.#answer++;
    this.#lane = lane;
    this.#answerOnWire = answer;
    const samples = samplesOfBytes(pcm.slice());
    this.#pushedSamples += samples.length;
    this.#command({ type: 'push', samples, answer: this.#answer }, [samples.buffer]);
    this.#update();
  }

  /** Another answer begins with the next audio. */
  beginAnswer(): void {
    this.#lane = undefined;
  }

  /** No more audio of this answer will come. */
  endAnswer(): void {
    if (this.#context === undefined) this.#events.emit('answerPlayed', undefined);
    else this.#command({ type: 'endAnswer' });
  }

  /** Falls silent at once; what is queued is thrown away. */
  flush(): void {
    this.#generation++;
    this.#pushedSamples = 0;
    this.#early = [];
    this.#command({ type: 'flush', generation: this.#generation });
    this.#update();
  }

  isPlaying(): boolean {
    const report = this.#report?.generation === this.#generation ? this.#report : undefined;
    const taken = report === undefined ? 0 : report.pushedSamples - report.queuedSamples;
    return this.#pushedSamples > taken;
  }

  /** By the worklet's count, less what the device has not sounded yet. */
  playedMs(): number {
    if (this.#report === undefined) return 0;
    const playedMs = (this.#report.answerPlayedSamples * 1_000) / sampleRate;
    const unheardMs = this.isPlaying() ? (this.#context?.outputLatency ?? 0) * 1_000 : 0;
    return Math.max(0, playedMs - unheardMs);
  }

  /** Keeps from now on what goes to the device, for tests and support. The speaker must be open. */
  async record(): Promise<Recording> {
    if (this.#node === undefined) throw new Error('the speaker is not open');
    return Recording.of(this.#node);
  }

  /** The next key or pointer event opens it anew: this one would not load its worklet any more. */
  #closeAgain(context: AudioContext): void {
    this.#context = undefined;
    this.#opening = undefined;
    this.flush();
    void context.close();
  }

  async #addWorklet(context: AudioContext): Promise<void> {
    await context.audioWorklet.addModule(workletUrl);
    const node = new AudioWorkletNode(context, playbackWorkletName, {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    node.connect(context.destination);
    node.port.onmessage = ({ data }: MessageEvent<PlaybackReport>) => this.#onReport(data);
    this.#node = node;
    for (const command of this.#early) node.port.postMessage(command);
    this.#early = [];
  }

  #onReport(report: PlaybackReport): void {
    this.#report = report;
    this.#update();
    if (report.isAnswerPlayed) this.#events.emit('answerPlayed', undefined);
  }

  #command(command: PlaybackCommand, transfer: Transferable[] = []): void {
    if (this.#node === undefined) this.#early.push(command);
    else this.#node.port.postMessage(command, transfer);
  }

  #update(): void {
    const isPlaying = this.isPlaying();
    if (isPlaying === this.#isPlaying) return;
    this.#isPlaying = isPlaying;
    this.#events.emit('playing', isPlaying);
  }
}
