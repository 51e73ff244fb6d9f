import { stampBase64, stampBytes, stampChars, stampPcm } from '../emulator/audio-stamp.ts';
import { Opcode, WireFrame } from './wire-frame.ts';

/** 100 ms of audio, encoded once for all frames of all callers; each is stamped with the time it is sent at. */
export class AudioFrame {
  #frame: WireFrame;
  readonly #encode: () => WireFrame;
  readonly #stamp: (frame: WireFrame) => void;

  private constructor(encode: () => WireFrame, stamp: (frame: WireFrame) => void) {
    this.#encode = encode;
    this.#stamp = stamp;
    this.#frame = encode();
  }

  /** @param head of a message in JSON, up to where the audio begins */
  static text(head: string, pcm: Buffer): AudioFrame {
    const message = Buffer.from(`${head}${pcm.toString('base64')}"}`, 'latin1');
    return new AudioFrame(
      () => new WireFrame(Opcode.text, message),
      (frame) =>
        frame.rewrite(head.length, head.length + stampChars, (bytes) => stampBase64(bytes, head.length)),
    );
  }

  static binary(pcm: Buffer): AudioFrame {
    return new AudioFrame(
      () => new WireFrame(Opcode.binary, pcm),
      (frame) => frame.rewrite(0, stampBytes, (bytes) => stampPcm(bytes, 0)),
    );
  }

  get bytes(): Buffer {
    return this.#frame.bytes;
  }

  get payload(): Buffer {
    return this.#frame.payload;
  }

  /** Writes the time into it. */
  stamp(): void {
    this.#stamp(this.#frame);
  }

  /** Somebody's socket still has to send it: the next ones are made of other bytes. */
  leave(): void {
    this.#frame = this.#encode();
  }
}
