import {
  type BinaryAudioHeader,
  binaryHeaderBytes,
  writeBinaryHeader,
} from '@vjj/shared/protocol/binary-audio.ts';
import { type Lane, sampleRate } from '@vjj/shared/protocol/messages.ts';

const head = '{"type":"audio.chunk","data":"';
const restChars = 200;
/** Used again for every message: whoever is given one copies it. They hold more than a second of audio. */
const text = Buffer.allocUnsafeSlow(96 * 1024);
text.write(head, 'latin1');
const bytes = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Audio as a message of the protocol. Written by hand: base64 needs no escaping, and JSON.stringify would look at every
 * character.
 * @returns good until the next call
 */
export function audioMessage(pcm: Buffer, lane: Lane, seq: number): Buffer {
  const rest = `","format":"pcm","sampleRate":${sampleRate},"lane":"${lane}","timestamp":${Date.now()},"seq":${seq}}`;
  const base64 = pcm.toString('base64');
  if (head.length + base64.length + restChars > text.length)
    return Buffer.from(head + base64 + rest, 'latin1');
  let end = head.length;
  end += text.write(base64, end, 'latin1');
  end += text.write(rest, end, 'latin1');
  return text.subarray(0, end);
}

/**
 * The same for a caller who has asked for bytes.
 * @returns good until the next call
 */
export function binaryAudio(pcm: Buffer, header: BinaryAudioHeader): Buffer {
  const length = binaryHeaderBytes + pcm.length;
  const frame = length <= bytes.length ? bytes.subarray(0, length) : Buffer.allocUnsafe(length);
  writeBinaryHeader(frame, header);
  frame.set(pcm, binaryHeaderBytes);
  return frame;
}
