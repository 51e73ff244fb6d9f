import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readRecording } from './read-recording.ts';
import { parseRecordedCall } from './recorded-call.ts';
import { EntryKind, entryBytes, type RecordingHead, sealedPiece } from './recording.ts';

const key = randomBytes(32);
const head: RecordingHead = {
  v: 1,
  kind: 'recording',
  what: 'call',
  session: 's-1',
  epoch: 7,
  tenant: 'default',
  user: 'anon:s-1',
  startedAt: 0,
};

const piece = (n: number, ...texts: string[]) =>
  sealedPiece(
    texts.flatMap((text) => entryBytes(EntryKind.clientText, n, [Buffer.alloc(4), Buffer.from(text)])),
    key,
    head,
    n,
  );
const headLine = (of: object = head) => Buffer.from(`${JSON.stringify(of)}\n`);
const pieces = () => [headLine(), piece(0, 'one', 'two'), piece(1, ''), piece(2, 'three')];

async function read(bytes: Buffer, chunkBytes = 50) {
  const texts: string[] = [];
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const { end } = await readRecording(
    chunks(),
    async () => key,
    ({ body }) => texts.push(body.toString('utf8', 4)),
  );
  return { texts, end };
}

describe('a recording', () => {
  it('comes back, however it is cut on its way, and says what it hashes to', async () => {
    const bytes = Buffer.concat(pieces());
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    for (const chunkBytes of [1, 3, 64, 1 << 20]) {
      expect(await read(bytes, chunkBytes)).toEqual({
        texts: ['one', 'two', '', 'three'],
        end: { pieces: 3, bytes: bytes.length, sha256, isTorn: false },
      });
    }
  });

  it('hides what was said', () => {
    expect(Buffer.concat(pieces()).includes('three')).toBe(false);
  });

  it('that ends within a piece is read to there, and is torn', async () => {
    const bytes = Buffer.concat(pieces());
    expect(await read(bytes.subarray(0, -1))).toMatchObject({
      texts: ['one', 'two', ''],
      end: { isTorn: true },
    });
  });

  it.each<[string, () => Buffer[], RegExp]>([
    ['with two pieces exchanged', () => [headLine(), piece(1, 'b'), piece(0, 'a')], /piece 0 .* changed/],
    ['without its first piece', () => [headLine(), piece(1, 'b')], /piece 0 .* changed/],
    [
      'under the head of another session',
      () => [headLine({ ...head, session: 's-2' }), piece(0, 'a')],
      /piece 0/,
    ],
    ['of another version', () => [headLine({ ...head, v: 2 }), piece(0, 'a')], /version 2.* reads version 1/],
    ['that is none', () => [Buffer.from('RIFF\n')], /no recording/],
    ['that is empty', () => [], /first line/],
    ['with an impossible length', () => [headLine(), Buffer.alloc(8, 0xff)], /damaged/],
  ])('%s is refused, with the reason', async (_name, make, reason) => {
    await expect(read(Buffer.concat(make()))).rejects.toThrow(reason);
  });

  it('with any one byte of a piece changed is refused', async () => {
    const bytes = Buffer.concat([headLine(), piece(0, 'a')]);
    for (let at = headLine().length + 4; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      await expect(read(changed)).rejects.toThrow(/piece 0/);
    }
  });
});

describe('a recorded call in the clear', () => {
  const call = {
    v: 1,
    is: 'call',
    session: 's',
    recordedAt: '',
    version: '',
    agent: 'default',
    settings: {},
    start: { type: 'session.start' },
  };
  const text = (...lines: unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

  it('is read', () => {
    const read = parseRecordedCall(
      text(call, { is: 'lane', at: 1, from: 'A', to: 'B' }, { is: 'told', type: 't', payload: {} }),
    );
    expect(read).toMatchObject({ head: call, steps: [{ is: 'lane' }], told: [{ type: 't' }] });
  });

  it.each<[string, string, RegExp]>([
    ['of another version', text({ ...call, v: 9 }), /version 9/],
    ['that is none', text({ hello: 1 }), /line 1: this is no recorded call/],
    ['that is empty', '', /no recorded call/],
    ['with a line that is not JSON', `${text(call)}{`, /line 2: not JSON/],
    ['with a step that nobody knows', text(call, { is: 'dance', at: 1 }), /line 2/],
    ['with a step that lacks something', text(call, { is: 'frame', at: 1 }), /line 2: text/],
  ])('%s is refused, with the line', (_name, file, reason) => {
    expect(() => parseRecordedCall(file)).toThrow(reason);
  });
});
