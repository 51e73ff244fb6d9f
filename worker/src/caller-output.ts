import { type ErrorId, errorSpec } from '@vjj/shared/errors.ts';
import { encodeClose, FrameKind } from '@vjj/shared/link/frames.ts';
import { binaryHeaderBytes, writeBinaryHeader } from '@vjj/shared/protocol/binary-audio.ts';
import {
  type AudioEncoding,
  type Lane,
  type ServerMessageBody,
  sampleRate,
} from '@vjj/shared/protocol/messages.ts';

/** The way a frame takes to the gateway. */
export type SendFrame = (kind: FrameKind, number: number, payload: Buffer | string) => void;

/** Encodes what a caller is told, once; the gateway only copies it. Every message gets the next `seq`. */
export class CallerOutput {
  readonly #sendFrame: SendFrame;
  encoding: AudioEncoding = 'json';
  #seq = 0;

  constructor(sendFrame: SendFrame) {
    this.#sendFrame = sendFrame;
  }

  get lastSeq(): number {
    return this.#seq;
  }

  message(body: ServerMessageBody): void {
    const seq = ++this.#seq;
    this.#sendFrame(FrameKind.text, seq, JSON.stringify({ ...body, timestamp: Date.now(), seq }));
  }

  /** @param answer number of the answer this audio belongs to */
  audio(pcm: Buffer, lane: Lane, answer: number): void {
    const seq = ++this.#seq;
    if (this.encoding === 'binary') {
      const frame = Buffer.allocUnsafe(binaryHeaderBytes + pcm.length);
      writeBinaryHeader(frame, { lane, answer, seq });
      pcm.copy(frame, binaryHeaderBytes);
      this.#sendFrame(FrameKind.audio, seq, frame);
      return;
    }
    // Written by hand: base64 needs no escaping, and JSON.stringify would look at every character.
    this.#sendFrame(
      FrameKind.textAudio,
      seq,
      `{"type":"audio.chunk","data":"${pcm.toString('base64')}","format":"pcm","sampleRate":${sampleRate},"lane":"${lane}","timestamp":${Date.now()},"seq":${seq}}`,
    );
  }

  error(id: ErrorId, detail?: string): void {
    const { text, retry } = errorSpec(id);
    this.message({
      type: 'error',
      error: detail === undefined ? text : `${text} (${detail})`,
      code: id,
      retryable: retry,
    });
  }

  close(code: number, reason: string): void {
    this.#sendFrame(FrameKind.close, 0, encodeClose(code, reason));
  }
}
