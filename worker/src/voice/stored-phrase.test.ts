import { describe, expect, it } from 'vitest';
import { decodePhrase, encodePhrase, phraseHash } from './stored-phrase.ts';

const pcm = Buffer.from(Uint8Array.from({ length: 4800 }, (_, i) => (i * 7) % 251));

describe('a stored line', () => {
  it('comes back as it was', () => {
    expect(decodePhrase(encodePhrase(pcm))?.equals(pcm)).toBe(true);
  });

  const whole = encodePhrase(pcm);
  const flipped = Buffer.from(whole);
  flipped[2000]! ^= 1;
  it.each([
    ['is empty', Buffer.alloc(0)],
    ['is only a header', whole.subarray(0, 36)],
    ['lacks its end', whole.subarray(0, -2)],
    ['lacks half a sample', whole.subarray(0, -1)],
    ['has one bit wrong', flipped],
    ['is something else', Buffer.concat([Buffer.from('RIFF'), whole.subarray(4)])],
  ])('is refused when it %s', (_what, stored) => {
    expect(decodePhrase(stored)).toBeUndefined();
  });

  it('has a name of its own for each service, model, voice and text', () => {
    const service = { baseUrl: 'https://api.openai.com/v1', model: 'm' };
    const names = [
      phraseHash(service, 'v', 't'),
      phraseHash({ ...service, baseUrl: 'http://127.0.0.1:1/v1' }, 'v', 't'),
      phraseHash({ ...service, model: 'm2' }, 'v', 't'),
      phraseHash(service, 'v2', 't'),
      phraseHash(service, 'v', 't2'),
      phraseHash({ ...service, model: 'mv' }, '', 't'),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(phraseHash({ ...service }, 'v', 't')).toBe(names[0]);
    expect(phraseHash({ ...service, baseUrl: 'http://127.0.0.1:2/v1' }, 'v', 't')).toBe(names[1]);
  });
});
