import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres } from '@vjj/deploy/test-postgres.ts';
import fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signCheckpoint } from '../checkpoint.ts';
import { checkpointName, checkpointText } from '../checkpoint-file.ts';
import type { AuditStore, StoredCheckpoint } from '../store.ts';
import { SampleChain } from '../test/sample-events.ts';
import { all, filePlace, type StoreKind, type StorePlace, storeKinds } from '../test/stores.ts';
import type { Finding } from './finding.ts';
import { readCopies } from './read-copies.ts';
import { verify } from './verify.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const keys = [publicKey];
const sign = (contents: Parameters<typeof signCheckpoint>[0]) => signCheckpoint(contents, privateKey).line;

/** Three calls, one of which moved to another worker, sealed twice. */
async function fill(store: AuditStore): Promise<void> {
  const [one, two] = [new SampleChain('s-one'), new SampleChain('s-two')];
  const before = new SampleChain('s-moved', { epoch: 1000 });
  const after = new SampleChain('s-moved', { epoch: 2000 });
  await store.append([...one.lines(4), ...two.lines(3)]);
  await store.append(before.lines(3));
  await store.seal(sign, 0);
  const { seq, hash } = before.head;
  const moved = { worker: 'w', cause: 'lost', fromEpoch: 1000, fromSeq: seq, fromHash: hash };
  await store.append([after.add('session.moved', moved), ...after.lines(2), ...one.lines(2), one.ended()]);
  await store.append([...two.lines(3), two.ended(), after.ended()]);
  await store.seal(sign, 0);
}

const kindsOf = (findings: readonly Finding[]) => [...new Set(findings.map(({ kind }) => kind))].sort();

async function findingsIn(place: StorePlace, copies?: AsyncIterable<StoredCheckpoint>): Promise<Finding[]> {
  const store = await place.open();
  const report = await verify(store, { keys, secondLookMs: 0, ...(copies && { copies }) });
  await store.close();
  return report.findings;
}

describe.each(storeKinds(startTestPostgres))('an audit trail in %s', (_name, start) => {
  let kind: StoreKind;
  beforeAll(async () => {
    kind = await start();
  }, 60_000);
  afterAll(() => kind[Symbol.asyncDispose]());

  it('that nobody touched is clean, and says what is in it', async () => {
    await using place = await kind.place();
    const store = await place.open();
    await fill(store);
    expect(await verify(store, { keys })).toEqual({
      findings: [],
      notes: [],
      sessions: 3,
      chains: 4,
      events: 21,
      duplicates: 0,
      late: 0,
      checkpoints: 2,
    });
  });

  it('is clean while recorders write to it', async () => {
    await using place = await kind.place();
    const [one, two] = [await place.open(), await place.open()];
    await fill(one);
    let isOver = false;
    const write = async (store: AuditStore, name: string) => {
      for (let i = 0; !isOver; i++) {
        await store.append(new SampleChain(`${name}-${i}`).lines(20));
        await store.seal(sign, 0);
      }
    };
    const writers = [write(one, 'a'), write(two, 'b')];
    const reader = await place.open();
    for (let i = 0; i < 5; i++) expect((await verify(reader, { keys })).findings).toEqual([]);
    isOver = true;
    await Promise.all(writers);
    expect((await verify(reader, { keys })).findings).toEqual([]);
  });

  it('with an event that takes the place of another names the place', async () => {
    await using place = await kind.place();
    const store = await place.open();
    await fill(store);
    const forged = new SampleChain('s-one');
    forged.lines(2);
    await store.append([forged.said('something else')]);
    expect((await verify(store, { keys })).findings).toContainEqual(
      expect.objectContaining({ kind: 'conflict', session: 's-one', seq: 2 }),
    );
  });

  it('to which the last events before a move come later than the move is clean', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const epochs = [Date.now() - 2000, Date.now() - 1000] as const;
    const before = new SampleChain('s', { epoch: epochs[0], atMs: Date.now() });
    const last = before.lines(3);
    const { seq, hash } = before.head;
    const moved = { worker: 'w', cause: 'left', fromEpoch: epochs[0], fromSeq: seq, fromHash: hash } as const;
    const move = (atMs: number) =>
      new SampleChain('s', { epoch: epochs[1], atMs }).add('session.moved', moved);
    await store.append([move(Date.now())]);
    const { findings, notes } = await verify(store, { keys, secondLookMs: 0 });
    expect(findings).toEqual([]);
    expect(notes).toContainEqual(expect.objectContaining({ kind: 'under-way' }));
    // However old the move is, what comes while all is read is seen at the second look.
    await using other = await kind.place();
    const older = await other.open();
    await older.append([move(Date.UTC(2026, 0, 1))]);
    const report = verify(older, { keys, secondLookMs: 2000 });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await older.append(last);
    expect((await report).findings).toEqual([]);
  });

  it('from which the events before a move are missing says so, even if no seal covers them', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const after = new SampleChain('s', { epoch: 2 });
    const moved = { worker: 'w', cause: 'lost', fromEpoch: 1, fromSeq: 4, fromHash: 'a'.repeat(64) };
    await store.append([after.add('session.moved', moved)]);
    expect((await verify(store, { keys })).findings).toMatchObject([
      { kind: 'missing-session', session: 's', epoch: 1, seq: 4 },
    ]);
  });

  it('sealed by a key nobody trusts is not taken for sealed', async () => {
    await using place = await kind.place();
    const store = await place.open();
    await fill(store);
    const other = createPublicKey(generateKeyPairSync('ed25519').privateKey);
    expect(kindsOf((await verify(store, { keys: [other] })).findings)).toEqual(['checkpoint-signature']);
  });

  it('with an event that goes on after its session ended, or is of somebody else, says so', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const chain = new SampleChain('s');
    const stranger = new SampleChain('t', { user: 'p_bert' });
    const ended = [chain.ended(), chain.said('more')];
    await store.append([...ended, ...new SampleChain('t').lines(1)]);
    stranger.lines(1);
    await store.append(stranger.lines(1));
    expect(kindsOf((await verify(store, { keys })).findings)).toEqual(['after-end', 'foreign', 'replaced']);
  });
});

describe('files somebody changed', () => {
  let pristine: StorePlace;
  let copies: string;
  beforeAll(async () => {
    pristine = await filePlace();
    const store = await pristine.open();
    await fill(store);
    copies = join(pristine.at, 'copies');
    cpSync(join(pristine.at, 'checkpoints'), copies, { recursive: true });
    await store.close();
  });
  afterAll(() => pristine[Symbol.asyncDispose]());

  const segmentIn = (folder: string) => {
    const [name = ''] = readdirSync(join(folder, 'segments'));
    return { name, path: join(folder, 'segments', name) };
  };
  const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const lineWith = (lines: string[], session: string, seq: number) =>
    lines.findIndex((line) => line.includes(`"session":"${session}"`) && line.includes(`"seq":${seq},`));

  /** A copy of the trail; `change` is given its folder. */
  async function changed(
    change: (folder: string) => void,
    options: { copies?: boolean } = {},
  ): Promise<Finding[]> {
    await using place = await filePlace();
    cpSync(pristine.at, place.at, { recursive: true });
    change(place.at);
    return await findingsIn(place, options.copies ? readCopies(copies) : undefined);
  }

  const edit = (change: (lines: string[]) => string[]) => (folder: string) => {
    const { path } = segmentIn(folder);
    writeFileSync(path, `${change(linesOf(path)).join('\n')}\n`);
  };

  it('with any one bit flipped, say the line or the one beside it', async () => {
    const { path, name } = segmentIn(pristine.at);
    const bytes = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const findings = await changed((folder) => {
          const flipped = Buffer.from(bytes);
          flipped[at]! ^= 1 << bit;
          writeFileSync(join(folder, 'segments', name), flipped);
        });
        const line = bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
        const named = findings.map(({ where }) => Number(/:(\d+)$/.exec(where)?.[1]));
        expect(
          named.some((found) => Math.abs(found - line) <= 1),
          JSON.stringify(findings),
        ).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('with any one bit of a seal flipped, name the seal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 2), fc.nat(), fc.nat(7), async (n, random, bit) => {
        const findings = await changed((folder) => {
          const path = join(folder, 'checkpoints', checkpointName(n));
          const bytes = readFileSync(path);
          // But for the last line break, which says nothing.
          bytes[random % (bytes.length - 1)]! ^= 1 << bit;
          writeFileSync(path, bytes);
        });
        expect(findings.map(({ where }) => where)).toContain(`checkpoints/${checkpointName(n)}`);
      }),
      { numRuns: 60 },
    );
  });

  it('with one line removed, anywhere, say where', async () => {
    const { path } = segmentIn(pristine.at);
    for (let at = 0; at < linesOf(path).length; at++) {
      const findings = await changed(edit((lines) => lines.toSpliced(at, 1)));
      expect(findings, `line ${at + 1}`).not.toEqual([]);
    }
    const removed = await changed(edit((lines) => lines.toSpliced(lineWith(lines, 's-one', 2), 1)));
    expect(removed).toContainEqual(
      expect.objectContaining({
        kind: 'missing',
        session: 's-one',
        seq: 2,
        where: expect.stringMatching(/:\d+$/),
      }),
    );
  });

  it('with any two lines swapped, say so', async () => {
    const { path } = segmentIn(pristine.at);
    const { length } = linesOf(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(length - 1), fc.nat(length - 1), async (a, b) => {
        fc.pre(a !== b);
        const findings = await changed(edit((lines) => lines.with(a, lines[b]!).with(b, lines[a]!)));
        expect(findings).not.toEqual([]);
      }),
      { numRuns: 40 },
    );
    const swapped = await changed(
      edit((lines) => {
        const at = lineWith(lines, 's-one', 1);
        return lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!);
      }),
    );
    const line = lineWith(linesOf(path), 's-one', 1) + 2;
    expect(swapped).toContainEqual(
      expect.objectContaining({ kind: 'reordered', where: expect.stringMatching(`:${line}$`) }),
    );
  });

  it('with an event put in, in the middle or at the end, name its line', async () => {
    const more = new SampleChain('s-new').lines(1)[0]!;
    for (const at of [3, linesOf(segmentIn(pristine.at).path).length]) {
      const findings = await changed(edit((lines) => lines.toSpliced(at, 0, more)));
      const line = expect.stringMatching(`:${at + 1}$`);
      expect(findings).toContainEqual(expect.objectContaining({ kind: 'appended', where: line }));
    }
    const atEnd = await changed((folder) => appendFileSync(segmentIn(folder).path, `${more}\n`));
    const { length } = linesOf(segmentIn(pristine.at).path);
    expect(atEnd).toMatchObject([{ kind: 'appended', where: expect.stringMatching(`:${length + 1}$`) }]);
  });

  it('with a file of another trail, or under another name, say so', async () => {
    const renamed = await changed((folder) => {
      const { path } = segmentIn(folder);
      writeFileSync(join(folder, 'segments', 'other.jsonl'), readFileSync(path));
      unlinkSync(path);
    });
    expect(kindsOf(renamed)).toContain('spliced');
  });

  it('cut anywhere say what is gone', async () => {
    const { path } = segmentIn(pristine.at);
    const { length } = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constantFrom(0, 1, length - 1), fc.nat(length - 1)), async (to) => {
        const findings = await changed((folder) => truncateSync(segmentIn(folder).path, to));
        expect(kindsOf(findings)).toContain('truncated');
      }),
      { numRuns: 40 },
    );
  });

  it('from which a session is gone name it', async () => {
    const findings = await changed(
      edit((lines) => lines.filter((line) => !line.includes('"session":"s-two"'))),
    );
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'missing-session', session: 's-two' }));
  });

  it('in which a whole chain was written anew, hashes and all, do not agree with their seal', async () => {
    await using place = await filePlace();
    const forger = await place.open();
    const forged = new SampleChain('s-one');
    const [one, two] = [forged.lines(5), forged.said('never said')];
    await forger.append([...one, two, forged.ended()]);
    await forger.append(new SampleChain('s-two').lines(6));
    await forger.close();
    cpSync(join(pristine.at, 'checkpoints'), join(place.at, 'checkpoints'), { recursive: true });
    const findings = await findingsIn(place);
    expect(findings).toContainEqual(
      expect.objectContaining({
        kind: 'replaced',
        session: 's-one',
        where: expect.stringContaining('checkpoint'),
      }),
    );
  });

  it('with a seal gone from the middle or replaced by another say which', async () => {
    const gone = await changed((folder) => unlinkSync(join(folder, 'checkpoints', checkpointName(1))));
    expect(kindsOf(gone)).toEqual(['checkpoint-missing']);
    const swapped = await changed((folder) => {
      const path = (n: number) => join(folder, 'checkpoints', checkpointName(n));
      const first = readFileSync(path(1));
      writeFileSync(path(1), readFileSync(path(2)));
      writeFileSync(path(2), first);
    });
    expect(kindsOf(swapped)).toEqual(['checkpoint-swapped']);
    const other = signCheckpoint({ n: 2, at: new Date(), prev: '', leaves: [], chains: 0 }, privateKey).line;
    const replaced = await changed((folder) =>
      writeFileSync(join(folder, 'checkpoints', checkpointName(2)), checkpointText(other, [])),
    );
    expect(kindsOf(replaced)).toContain('checkpoint-swapped');
  });

  it('rolled back with their last seal are found by the copies', async () => {
    const findings = await changed((folder) => unlinkSync(join(folder, 'checkpoints', checkpointName(2))), {
      copies: true,
    });
    expect(kindsOf(findings)).toEqual(['checkpoint-rolled-back']);
    const back = await changed(
      (folder) => {
        unlinkSync(join(folder, 'checkpoints', checkpointName(2)));
        edit((lines) =>
          lines.slice(
            0,
            lines.findIndex((line) => line.includes('"sealed":1')),
          ),
        )(folder);
      },
      { copies: true },
    );
    expect(kindsOf(back)).toEqual(['checkpoint-rolled-back', 'missing', 'missing-session', 'truncated']);
  });

  it('rolled back by one seal are found without copies, when something was written after it', async () => {
    const findings = await changed((folder) => {
      for (const n of [1, 2]) unlinkSync(join(folder, 'checkpoints', checkpointName(n)));
    });
    expect(kindsOf(findings)).toEqual(['checkpoint-rolled-back']);
  });

  it('with a last line torn by a crash are clean, and the torn line is told', async () => {
    await using place = await filePlace();
    cpSync(pristine.at, place.at, { recursive: true });
    const { path } = segmentIn(place.at);
    const { length } = linesOf(path);
    appendFileSync(path, '{"kind":"batch","n":4,"at":"2026-01-');
    const store = await place.open();
    const report = await verify(store, { keys });
    expect(report.findings).toEqual([]);
    expect(report.notes).toMatchObject([{ kind: 'torn', where: expect.stringMatching(`:${length + 1}$`) }]);
  });

  it('are read by people, not by the index: a deleted or damaged index changes nothing', async () => {
    await using place = await filePlace();
    cpSync(pristine.at, place.at, { recursive: true });
    const index = readdirSync(place.at).filter((name) => name.startsWith('index-'));
    expect(index.length).toBeGreaterThan(0);
    for (const name of index) rmSync(join(place.at, name));
    writeFileSync(
      join(place.at, index[0]!.replace(/-(wal|shm)$/, '')),
      'no database at all, by hand'.repeat(500),
    );
    const store = await place.open();
    expect(await all(store.find({ session: 's-moved' }))).toHaveLength(7);
    expect((await verify(store, { keys })).findings).toEqual([]);
  });
});

describe('a database somebody changed', () => {
  let kind: StoreKind;
  beforeAll(async () => {
    kind = await storeKinds(startTestPostgres)[1]![1]();
  }, 60_000);
  afterAll(() => kind[Symbol.asyncDispose]());

  /** What is found after the statements. */
  async function changed(...statements: string[]): Promise<Finding[]> {
    await using place = await kind.place();
    const store = await place.open();
    await fill(store);
    await store.close();
    const client = new Client({ connectionString: place.at });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
    return await findingsIn(place);
  }

  it.each<[string, string[], Partial<Finding>]>([
    [
      'a changed line',
      [`UPDATE audit_events SET line = replace(line, 'spoken', 'typed') WHERE session = 's-one' AND seq = 2`],
      { kind: 'edited', session: 's-one', seq: 2, where: expect.stringMatching(/^audit_events id=\d+$/) },
    ],
    [
      'a changed column',
      [`UPDATE audit_events SET person = 'p_bert' WHERE session = 's-one' AND seq = 2`],
      { kind: 'edited', where: expect.stringMatching(/^audit_events id=\d+$/) },
    ],
    ...[
      'at = at + $$1 hour$$::interval',
      'at = $$infinity$$',
      'decision = $$allow$$',
      'reasons = ARRAY[$$x$$]',
    ].map((change): [string, string[], Partial<Finding>] => [
      `a column that searches go by, ${change}`,
      [`UPDATE audit_events SET ${change} WHERE session = 's-one' AND seq = 2`],
      { kind: 'edited', detail: `${change.split(' ')[0]} of the row is not what its line says` },
    ]),
    [
      'a deleted row',
      [`DELETE FROM audit_events WHERE session = 's-one' AND seq = 2`],
      { kind: 'missing', session: 's-one', seq: 2 },
    ],
    [
      'a deleted end',
      [`DELETE FROM audit_events WHERE session = 's-one' AND seq = 6`],
      { kind: 'missing', session: 's-one', seq: 6, where: 'checkpoint 2' },
    ],
    [
      'a deleted session',
      [
        `DELETE FROM audit_events WHERE session = 's-two'`,
        `DELETE FROM audit_chains WHERE session = 's-two'`,
      ],
      { kind: 'missing-session', session: 's-two' },
    ],
    [
      'two lines that changed places',
      [
        `UPDATE audit_events a SET line = b.line FROM audit_events b
         WHERE a.session = 's-one' AND b.session = 's-one' AND (a.seq, b.seq) IN ((1, 2), (2, 1))`,
      ],
      { kind: 'edited', where: expect.stringMatching(/^audit_events id=\d+$/) },
    ],
    [
      'a deleted last seal',
      ['DELETE FROM audit_checkpoints WHERE n = 2'],
      { kind: 'checkpoint-rolled-back' },
    ],
    ['a deleted first seal', ['DELETE FROM audit_checkpoints WHERE n = 1'], { kind: 'checkpoint-missing' }],
    [
      'two seals that changed places',
      ['UPDATE audit_checkpoints SET n = 3 - n + 10', 'UPDATE audit_checkpoints SET n = n - 10'],
      { kind: 'checkpoint-swapped' },
    ],
    [
      'a changed leaf',
      [`UPDATE audit_checkpoints SET leaves = replace(leaves, '"seq":3', '"seq":2') WHERE n = 1`],
      { kind: 'checkpoint-leaves', where: 'audit_checkpoints n=1' },
    ],
  ])('by %s says what and where', async (_name, statements, expected) => {
    expect(await changed(...statements)).toContainEqual(expect.objectContaining(expected));
  });
});

it('a folder of copies that is not there is an error, not a clean report', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vjj-audit-'));
  await expect(all(readCopies(join(folder, 'nowhere')))).rejects.toThrow(/nowhere/);
  await expect(all(readCopies(folder))).rejects.toThrow(/no checkpoints/);
  rmSync(folder, { recursive: true });
});
