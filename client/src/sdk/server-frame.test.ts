import { binaryHeaderBytes, writeBinaryHeader } from '@vjj/shared/protocol/binary-audio.ts';
import { expect, test } from 'vitest';
import { decodeServerFrame } from './server-frame.ts';

test('a binary frame is eight bytes of header and PCM', () => {
  const frame = new Uint8Array(binaryHeaderBytes + 2);
  writeBinaryHeader(frame, { lane: 'fallback', answer: 65_535, seq: 4_294_967_295 });
  frame.set([5, 6], binaryHeaderBytes);
  expect(decodeServerFrame(frame.buffer)).toEqual({
    kind: 'audio',
    audio: { lane: 'fallback', answer: 65_535, seq: 4_294_967_295, pcm: Uint8Array.of(5, 6) },
  });
});

test.each([
  ['too short for a header', Uint8Array.of(1, 0, 0).buffer],
  ['of another version', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0).buffer],
  ['of an unknown lane', Uint8Array.of(1, 9, 0, 0, 0, 0, 0, 0).buffer],
  ['no JSON', '{"type":'],
  ['no message', '[1]'],
  ['no object', 'null'],
  ['of no known kind', 17],
])('a frame that is %s is ignored', (_, data) => {
  expect(decodeServerFrame(data)).toBeUndefined();
});

test('a text frame is its message', () => {
  const message = { type: 'response.start', timestamp: 1, seq: 2 };
  expect(decodeServerFrame(JSON.stringify(message))).toEqual({ kind: 'message', message });
});
