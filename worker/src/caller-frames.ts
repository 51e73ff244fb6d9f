import { monotonicMs } from '@vjj/shared/clock.ts';
import type { ErrorId } from '@vjj/shared/errors.ts';
import type { ClientMessage } from '@vjj/shared/protocol/messages.ts';
import { type CallerAudio, type ClientFrame, readBinaryFrame, readTextFrame } from './client-frame.ts';
import type { Watermark } from './journal/watermark.ts';
import { MessageRate } from './message-rate.ts';
import type { CallRecording } from './recording/call-recording.ts';
import { Repetition } from './repetition.ts';

/** What a caller says but audio. */
export type Message = Exclude<ClientMessage, { type: 'audio.chunk' }>;

export interface CallerFramesEvents {
  /** Which frames of the caller are dealt with. */
  watermark: () => Watermark;
  recording: () => CallRecording | undefined;
  /** Binary audio was not asked for. */
  isText: () => boolean;
  /** An utterance is being handed over: what follows must wait. */
  isCommitting: () => boolean;
  onArrived: (number: number) => void;
  onAudio: (audio: CallerAudio) => void;
  onMessage: (message: Message) => void;
  onError: (id: ErrorId, detail?: string) => void;
  onTooMany: () => void;
  /** The frames a dead worker had heard were heard again. */
  onRepeated: () => void;
}

/** Takes the frames of one caller in their order, each once, and holds them back while nobody is there to hear them. */
export class CallerFrames {
  readonly #events: CallerFramesEvents;
  readonly #rate = new MessageRate();
  /** Up to that one they come again all at once. */
  #repeatedUntil = 0;
  /** Frames wait here while the call is being restored, and while what a dead worker heard is repeated. */
  #repetition: Repetition | undefined;
  #isOver = false;

  constructor(events: CallerFramesEvents) {
    this.#events = events;
  }

  /** @param number within its connection, from 1 */
  push(payload: Buffer, isBinary: boolean, number: number): void {
    if (this.#isOver) return;
    // The payload is a view on the link's buffer.
    if (this.#repetition !== undefined) this.#repetition.push(Buffer.from(payload), isBinary, number);
    else this.#take(payload, isBinary, number);
  }

  /** Frames wait, or those that waited are still being heard. */
  get isHolding(): boolean {
    return this.#repetition !== undefined;
  }

  /** Frames wait from now on; those that waited before are somebody else's. */
  hold(): void {
    this.#repetition?.stop();
    this.#repetition = new Repetition(
      (payload, isBinary, number) => this.#take(payload, isBinary, number),
      this.#events.isCommitting,
      () => {
        this.#repetition = undefined;
        this.#events.onRepeated();
      },
    );
  }

  /** Hears what has waited. @param lastFrame the last one that is a repetition; 0: there are none */
  run(lastFrame = 0): void {
    if (!this.#isOver) this.#repetition?.run(lastFrame);
  }

  /** The connection they came over is lost: a repetition that was under way on it ends with what has arrived. */
  lineLost(): void {
    this.#repetition?.cutOff();
  }

  /** Those up to that one come again: they are outside the limits. */
  repeatedUntil(number: number): void {
    this.#repeatedUntil = number;
  }

  end(): void {
    this.#isOver = true;
    this.#repetition?.stop();
  }

  #take(payload: Buffer, isBinary: boolean, number: number): void {
    if (this.#isOver) return;
    const events = this.#events;
    const watermark = events.watermark();
    events.onArrived(number);
    if (watermark.isDone(number)) return;
    events.recording()?.clientFrame(payload, isBinary, number);
    watermark.frame(number, monotonicMs());
    if (isBinary && events.isText()) {
      events.onError('BINARY_NOT_ASKED');
      return;
    }
    const frame: ClientFrame = isBinary ? readBinaryFrame(payload) : readTextFrame(payload);
    if (frame.kind === 'audio') {
      events.recording()?.callerAudio(frame.audio.pcm, number);
      events.onAudio(frame.audio);
      return;
    }
    const isCounted = this.#repetition === undefined && number > this.#repeatedUntil;
    if (isCounted && !this.#rate.allows(monotonicMs())) events.onTooMany();
    else if (frame.kind === 'error') events.onError(frame.id, frame.detail);
    else {
      events.onMessage(frame.message);
      if (frame.message.type === 'audio.commit' && events.isCommitting()) return;
    }
    watermark.done();
  }
}
