import { expect, it } from 'vitest';
import { soundMsOf } from './sound-of-frame.ts';

const pcm = Buffer.alloc(4800);

it.each([
  ['binary frame', 8 + pcm.length, true, 0],
  [
    'JSON frame',
    `{"type":"audio.chunk","data":"${pcm.toString('base64')}","format":"pcm","sampleRate":24000,"lane":"fallback","timestamp":1764300000000,"seq":12345}`
      .length,
    false,
    0.3,
  ],
])('a %s sounds as long as its samples do', (_, bytes, isBinary, within) => {
  expect(Math.abs(soundMsOf(bytes, isBinary) - 100)).toBeLessThanOrEqual(within);
});
