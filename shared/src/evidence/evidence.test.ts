import { hash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encrypted } from './cipher.ts';
import { genesis, openSealed, parseEventLine, sealEvent } from './event.ts';
import { SealingStream } from './sealing-stream.ts';
import { isKeyLine, keyRecordSchema, unwrapKey, wrapKey } from './session-key.ts';
import { verifyChain } from './verify-chain.ts';

const key = randomBytes(32);
const chain = { session: 's-1', tenant: 'default', user: 'anon:s-1', agent: 'default', epoch: 7 };

function linesOf(count: number, of = chain, words = 'Grüße'): string[] {
  const stream = new SealingStream(key);
  let prev = genesis(of.session, of.epoch);
  return Array.from({ length: count }, (_, seq) => {
    const sealed = sealEvent({
      chain: of,
      seq,
      atMs: Date.UTC(2026, 0, 1) + seq,
      type: 'user.transcript',
      payload: { turn: seq, source: 'spoken', characters: 5 },
      words: { personal: { text: `${words} ${seq}` }, stream },
      prev,
    });
    prev = sealed.hash;
    return sealed.line;
  });
}

function eventOf(line: string) {
  const parsed = parseEventLine(line);
  if ('problem' in parsed) throw new Error(parsed.detail);
  return parsed.event;
}

function hashedAnew(line: string): string {
  const { hash: _old, ...members } = JSON.parse(line) as Record<string, unknown>;
  const body = JSON.stringify(members);
  return `${body.slice(0, -1)},"hash":"${hash('sha256', body, 'hex')}"}`;
}

const problems = (lines: string[]) =>
  verifyChain(chain, lines).findings.map(({ problem, line }) => `${problem}@${line}`);

describe('an event line', () => {
  it('has its members in a fixed order, the hash last', () => {
    expect(Object.keys(JSON.parse(linesOf(1)[0]!) as object)).toEqual(
      'v session tenant user agent epoch seq at type payload sealed prev hash'.split(' '),
    );
  });

  it('hides what is personal from whoever has no key, and gives it back to who has', () => {
    const line = linesOf(1)[0]!;
    expect(line).not.toContain('Grüße');
    expect(openSealed(eventOf(line), key)).toEqual({ text: 'Grüße 0' });
    expect(() => openSealed(eventOf(line), randomBytes(32))).toThrow();
  });

  it('cannot have its sealed part moved to another place of the chain', () => {
    const [one, two] = linesOf(2).map(eventOf);
    expect(() => openSealed({ ...two!, sealed: one!.sealed }, key)).toThrow();
  });

  it('has its sealed part opened by nobody once a byte of it is changed', () => {
    const event = eventOf(linesOf(1, chain, 'Hello!')[0]!);
    const sealed = event.sealed!;
    expect(sealed).not.toMatch(/=$/); // else the last characters have bits that say nothing
    for (let at = 0; at < sealed.length; at++) {
      const other = sealed.slice(0, at) + (sealed[at] === 'A' ? 'Q' : 'A') + sealed.slice(at + 1);
      expect(() => openSealed({ ...event, sealed: other }, key), `at ${at}`).toThrow();
    }
  });

  it.each([0, 1, 15, 16, 17, 300])('seals a text of %i characters between others', (length) => {
    const stream = new SealingStream(key);
    const texts = ['before', 'x'.repeat(length), 'Ÿ after'];
    const sealed = texts.map((text, seq) => stream.sealed(JSON.stringify({ text }), `s-1:7:${seq}`));
    const opened = sealed.map((one, seq) => openSealed({ session: 's-1', epoch: 7, seq, sealed: one }, key));
    expect(opened).toEqual(texts.map((text) => ({ text })));
  });

  it('hides the same words otherwise each time', () => {
    const stream = new SealingStream(key);
    const sealed = [0, 1, 2].map(() => stream.sealed('{"text":"the same"}', 'place').slice(9, 30));
    expect(new Set(sealed).size).toBe(3);
  });

  it('sealed as it was before there were streams is still read', () => {
    const sealed = encrypted(JSON.stringify({ text: 'earlier' }), key, Buffer.from('s-1:7:3'));
    expect(openSealed({ session: 's-1', epoch: 7, seq: 3, sealed }, key)).toEqual({ text: 'earlier' });
  });

  it('with any one byte changed is found', () => {
    const line = linesOf(1)[0]!;
    for (let at = 0; at < line.length; at++) {
      const other = line[at] === '0' ? '1' : '0';
      expect(parseEventLine(line.slice(0, at) + other + line.slice(at + 1)), `at ${at}`).toHaveProperty(
        'problem',
      );
    }
  });

  it('of a type and with fields that are not known yet is let through', () => {
    const { line } = sealEvent({
      chain,
      seq: 0,
      atMs: 0,
      type: 'quantum.leap' as 'error',
      payload: { code: 'X', more: [1] },
      prev: genesis(chain.session, chain.epoch),
    });
    expect(eventOf(line)).toMatchObject({ type: 'quantum.leap', payload: { more: [1] } });
  });

  it.each(['', 'null', '[]', '{', '{"v":2}', '{"v":1,"kind":"key"}', '\u0000'])(
    'that is %j is unreadable',
    (line) => {
      expect(parseEventLine(line)).toMatchObject({ problem: 'unreadable' });
    },
  );
});

describe('a chain', () => {
  it('verifies, without any key, and says where it ends', () => {
    const lines = linesOf(4);
    expect(verifyChain(chain, lines)).toEqual({
      findings: [],
      events: 4,
      head: { seq: 3, hash: eventOf(lines[3]!).hash },
      isEnded: false,
    });
  });

  it.each<[string, (lines: string[]) => string[], string[]]>([
    ['a flipped bit', (l) => l.with(2, l[2]!.replace('"turn":2', '"turn":3')), ['hash@2']],
    ['a removed event', (l) => l.toSpliced(2, 1), ['missing@2']],
    ['a removed beginning', (l) => l.slice(2), ['missing@0']],
    ['a repeated event', (l) => l.toSpliced(2, 0, l[1]!), ['order@2']],
    ['two swapped events', (l) => l.with(1, l[2]!).with(2, l[1]!), ['missing@1', 'order@2']],
    [
      'an event of another session',
      (l) => l.toSpliced(2, 0, linesOf(3, { ...chain, session: 's-2' })[2]!),
      ['foreign@2'],
    ],
    [
      'an event of another chain of the session',
      (l) => l.with(2, linesOf(3, { ...chain, epoch: 8 })[2]!),
      ['foreign@2', 'missing@3'],
    ],
    [
      'an event spliced in from another run',
      (l) => l.with(2, linesOf(3, chain, 'other')[2]!),
      ['link@2', 'link@3'],
    ],
    [
      'an event edited and hashed anew',
      (l) => l.with(2, hashedAnew(l[2]!.replace('"turn":2', '"turn":3'))),
      ['link@3'],
    ],
    ['garbage inside', (l) => l.toSpliced(2, 0, 'x'), ['unreadable@2']],
    ['garbage in an event’s place', (l) => l.with(2, 'x'), ['unreadable@2']],
    [
      'another user inside',
      (l) => l.with(4, linesOf(5, { ...chain, user: 'p_x' })[4]!),
      ['foreign@4', 'link@4'],
    ],
    ['something that is no event', (l) => l.toSpliced(5, 0, 'x'), ['unreadable@5']],
  ])('with %s says what and where', (_name, tamper, expected) => {
    expect(problems(tamper(linesOf(5)))).toEqual(expected);
  });

  it('does not go on after its session ended', () => {
    const lines: string[] = [];
    let prev = genesis(chain.session, chain.epoch);
    for (const seq of [0, 1]) {
      const sealed = sealEvent({
        chain,
        seq,
        atMs: 0,
        type: 'session.ended',
        payload: { reason: 'caller', durationMs: 1 },
        prev,
      });
      lines.push(sealed.line);
      prev = sealed.hash;
    }
    expect(problems(lines)).toEqual(['after-end@1']);
    expect(verifyChain(chain, lines).isEnded).toBe(true);
  });
});

describe('the key of a session', () => {
  const master = randomBytes(32);
  const record = wrapKey(key, master, chain);

  it('travels wrapped, as a line that is told apart from events', () => {
    const line = JSON.stringify(record);
    expect(line).not.toContain(key.toString('base64'));
    expect(isKeyLine(line)).toBe(true);
    expect(isKeyLine(linesOf(1)[0]!)).toBe(false);
    expect(unwrapKey(keyRecordSchema.parse(JSON.parse(line)), master)).toEqual(key);
  });

  it('opens with its master key only, and for its person only', () => {
    expect(() => unwrapKey(record, randomBytes(32))).toThrow();
    expect(() => unwrapKey({ ...record, user: 'p_other' }, master)).toThrow();
  });
});
