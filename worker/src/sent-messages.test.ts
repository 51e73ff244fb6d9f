import { FrameKind } from '@vjj/shared/link/frames.ts';
import { expect, it } from 'vitest';
import { SentMessages } from './sent-messages.ts';

const message = (seq: number, chars = 10) => ({ kind: FrameKind.text, seq, payload: Buffer.alloc(chars) });
const seqs = (sent: SentMessages, after: number) => sent.after(after).map(({ seq }) => seq);

it('keeps what was not acknowledged, in order', () => {
  const sent = new SentMessages();
  for (let seq = 1; seq <= 300; seq++) {
    sent.push(message(seq));
    if (seq === 290) sent.acknowledged(288);
  }
  expect(seqs(sent, 0)).toEqual(Array.from({ length: 12 }, (_, i) => 289 + i));
  expect(seqs(sent, 298)).toEqual([299, 300]);
});

it('is bounded: of a caller who never says what arrived the oldest go first', () => {
  const sent = new SentMessages();
  for (let seq = 1; seq <= 100; seq++) sent.push(message(seq, 16 * 1024));
  expect(seqs(sent, 0)).toEqual(Array.from({ length: 32 }, (_, i) => 69 + i));
});
