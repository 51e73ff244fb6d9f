import { expect, test } from 'vitest';
import { decodeBase64, decodeBase64Portably, encodeBase64, encodeBase64Portably } from './base64.ts';

test.each([0, 1, 2, 3, 960, 8_191, 8_192, 8_193, 65_536])(
  '%d bytes come back as they were, in the codec of any engine',
  (length) => {
    const pcm = Uint8Array.from({ length }, (_, at) => (at * 31) % 256);
    const text = encodeBase64(pcm);
    expect(encodeBase64Portably(pcm)).toBe(text);
    expect(Buffer.compare(decodeBase64(text), pcm)).toBe(0);
    expect(Buffer.compare(decodeBase64Portably(text), pcm)).toBe(0);
  },
);

test('a view into a larger buffer encodes only what it shows', () => {
  const view = Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4);
  expect(encodeBase64(view)).toBe('AQID');
  expect(encodeBase64Portably(view)).toBe('AQID');
});
