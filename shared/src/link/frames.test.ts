import { expect, it } from 'vitest';
import { FrameKind, FrameReader, frameHeaderBytes, writeFrameHeader } from './frames.ts';

function framed(number: number, payload: Buffer): Buffer {
  const frame = Buffer.alloc(frameHeaderBytes + payload.length);
  writeFrameHeader(frame, 0, FrameKind.text, 7, number, payload.length);
  payload.copy(frame, frameHeaderBytes);
  return frame;
}

const payloads = [0, 1, 3, 200, 6400, 0, 70_000, 5].map((bytes, i) => Buffer.alloc(bytes, i + 1));
const stream = Buffer.concat(payloads.map((payload, i) => framed(i, payload)));

it.each([1, 2, 3, 5, 13, 100, 4096, 65_536, stream.length])(
  'frames are the same however the stream is cut: every %i bytes',
  (bytes) => {
    const read: { number: number; payload: Buffer }[] = [];
    const reader = new FrameReader((_kind, _stream, number, payload) =>
      read.push({ number, payload: Buffer.from(payload) }),
    );
    for (let at = 0; at < stream.length; at += bytes) reader.push(stream.subarray(at, at + bytes));
    expect(read.map(({ number }) => number)).toEqual(payloads.map((_, i) => i));
    expect(read.every(({ payload }, i) => payload.equals(payloads[i]!))).toBe(true);
  },
);

it.each([
  ['a length no frame has', Buffer.from([2, 0, 0, 0]), [1, 4]],
  ['a kind there is none of', framed(1, Buffer.from('x')).fill(99, 4, 5), [1, 2, 64]],
])('%s ends the reading, cut or whole', (_what, bytes, cuts) => {
  for (const cut of cuts) {
    const reader = new FrameReader(() => undefined);
    expect(() => {
      for (let at = 0; at < bytes.length; at += cut) reader.push(bytes.subarray(at, at + cut));
    }).toThrow(/^a frame of/);
  }
});
