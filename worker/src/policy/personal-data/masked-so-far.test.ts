import { describe, expect, it } from 'vitest';
import { spokenLines } from '../../../evals/spoken-lines.ts';
import { masked } from './find-personal-data.ts';
import { maskedSoFar, RunningMask } from './masked-so-far.ts';
import { isNumberWord } from './number-words.ts';

/** Digits of what is shown that the whole line, masked, does not show. */
function revealed(shown: string, whole: string): number {
  let same = 0;
  while (same < shown.length && shown[same] === whole[same]) same += 1;
  const rest = shown.slice(same);
  return (rest.match(/\d/g)?.length ?? 0) + rest.split(/\W+/).filter(isNumberWord).length;
}

describe('a text that grows', () => {
  it.each([false, true])(
    'never shows more than three digits of what is masked in the end (held out: %s)',
    (isHeldOut) => {
      for (const { text } of [...spokenLines(7, isHeldOut, 4), ...spokenLines(8, isHeldOut, 4)]) {
        const line = `${text}, and that is all i wanted to say to you`;
        const whole = masked(line);
        const running = new RunningMask();
        for (let end = 1; end <= line.length; end += 1) {
          const { text: shown } = running.soFar(line.slice(0, end));
          expect(revealed(shown, whole), `${line.slice(0, end)} -> ${shown}`).toBeLessThanOrEqual(3);
        }
      }
    },
  );

  it('says from where it is uncertain, and shows what is not', () => {
    expect(maskedSoFar('my card is 4111 11')).toMatchObject({ text: 'my card is ', certainUntil: 11 });
    expect(maskedSoFar('I would like a room').text).toBe('I would like a room');
    expect(maskedSoFar('call 618-226-1460, or knock until somebody comes by and helps').text).toBe(
      'call [phone number], or knock until somebody comes by and helps',
    );
    expect(maskedSoFar('my name is Anna Lee', ['PHONE']).text).toBe('my name is Anna Lee');
  });

  it('is masked alike however long it is, and whatever pieces it comes in', () => {
    const lines = spokenLines(3, false, 1).map(({ text }) => text);
    const text = `${lines.join('. that is what i meant to say, you see. ')}. and now i have nothing to add to it, thanks a lot`;
    const running = new RunningMask();
    let shown = '';
    for (let end = 5; end < text.length; end += 5) {
      const { text: next } = running.soFar(text.slice(0, end));
      shown = next;
    }
    expect(running.soFar(text).text.length).toBeGreaterThanOrEqual(shown.length);
    for (const part of ['[card number]', '[email address]', '[phone number]']) expect(shown).toContain(part);
    expect(revealed(shown, masked(text).slice(0, shown.length))).toBeLessThanOrEqual(3);
  });

  it('begins anew with another text', () => {
    const running = new RunningMask();
    running.soFar('one thing and another '.repeat(60));
    expect(running.soFar('hello there').text).toBe('hello there');
  });
});
