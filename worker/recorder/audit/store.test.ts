import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { startTestPostgres } from '@vjj/deploy/test-postgres.ts';
import { wrapKey } from '@vjj/shared/evidence/session-key.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint, readLeaf, signCheckpoint } from './checkpoint.ts';
import type { EventQuery } from './store.ts';
import { SampleChain } from './test/sample-events.ts';
import { all, type StoreKind, storeKinds } from './test/stores.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const sign = (contents: Parameters<typeof signCheckpoint>[0]) => signCheckpoint(contents, privateKey).line;

describe.each(storeKinds(startTestPostgres))('audit events in %s', (_name, start) => {
  let kind: StoreKind;
  beforeAll(async () => {
    kind = await start();
  }, 60_000);
  afterAll(() => kind[Symbol.asyncDispose]());

  it('come back byte for byte', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const lines = new SampleChain('s-\u0000-"ü😀"').lines(5);
    expect(await store.append(lines)).toMatchObject({ stored: 5, duplicates: 0, conflicts: [] });
    expect((await all(store.find({}))).map(({ line }) => line)).toEqual(lines);
  });

  it('are there after the store was opened anew', async () => {
    await using place = await kind.place();
    const lines = new SampleChain('s').lines(3);
    const before = await place.open();
    await before.append(lines);
    await before.close();
    const store = await place.open();
    expect((await all(store.find({ session: 's' }))).map(({ line }) => line)).toEqual(lines);
    expect(await store.append(lines)).toMatchObject({ stored: 0, duplicates: 3 });
  });

  it('that come twice are stored once, at whichever recorder they arrive', async () => {
    await using place = await kind.place();
    const [one, two] = [await place.open(), await place.open()];
    const lines = new SampleChain('s').lines(4);
    await one.append(lines.slice(0, 3));
    expect(await two.append([...lines, lines[3]!])).toMatchObject({ stored: 1, duplicates: 4 });
    expect(await all(one.find({ session: 's' }))).toHaveLength(4);
  });

  it('that take the place of another are kept beside it, and told', async () => {
    await using place = await kind.place();
    const store = await place.open();
    await store.append(new SampleChain('s').lines(3));
    const other = new SampleChain('s');
    other.lines(2);
    const forged = other.said('something else');
    expect(await store.append([forged])).toMatchObject({
      stored: 1,
      conflicts: [{ session: 's', epoch: other.identity.epoch, seq: 2 }],
    });
    expect(await all(store.find({ session: 's' }))).toHaveLength(4);
  });

  it('that come after their session ended or moved are stored and marked', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const ended = new SampleChain('ended');
    const [a, b] = [ended.said('a'), ended.said('b')];
    await store.append([a, ended.ended()]);
    expect(await store.append([b])).toMatchObject({ stored: 1, late: 1 });
    const before = new SampleChain('moved', { epoch: 5 });
    const after = new SampleChain('moved', { epoch: 6 });
    await store.append(after.lines(1));
    expect(await store.append(before.lines(1))).toMatchObject({ late: 1 });
    const found = await all(store.find({}));
    expect(found.filter(({ late }) => late)).toHaveLength(2);
    const scanned = await all(store.scan());
    expect(scanned.filter((one) => one.kind === 'event' && one.late)).toHaveLength(2);
  });

  it('that are missing between others are told, until they come', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const lines = new SampleChain('s').lines(5);
    await store.append([lines[0]!, lines[4]!]);
    expect(await store.gaps(-1000)).toMatchObject([{ session: 's', missing: 3, lastSeq: 4 }]);
    expect(await store.gaps(60_000)).toEqual([]);
    await store.append(lines);
    expect(await store.gaps(-1000)).toEqual([]);
  });

  it('that are none are set aside and hold nothing up', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const lines = new SampleChain('s').lines(2);
    const outcome = await store.append([
      '',
      '\u0000{"v":1}',
      lines[0]!,
      lines[1]!.replace('"v":1', '"v": 1'),
    ]);
    expect(outcome).toMatchObject({ stored: 1, refused: 3 });
    expect(await all(store.find({}))).toHaveLength(1);
  });

  it('with numbers nobody would count to are events like others', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const chain = new SampleChain('far', { epoch: Number.MAX_SAFE_INTEGER });
    expect(await store.append(chain.lines(1))).toMatchObject({ stored: 1 });
  });

  it('are found by session, tenant, user, type, decision, reason and time', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const anna = new SampleChain('s-anna', { tenant: 'acme', user: 'p_anna', atMs: 1000 });
    const bert = new SampleChain('s-bert', { tenant: 'other', user: 'p_bert', atMs: 5000 });
    const decision = { turn: 1, speaker: 'user', rules: ['r'], severity: 2 };
    await store.append([
      ...anna.lines(2),
      anna.add('policy.decision', {
        ...decision,
        decision: 'refuse',
        reasonCodes: ['MODERATION:JAILBREAK', 'X'],
      }),
      anna.add('fallback', { turn: 1, kind: 'refuse_politely', reasonCodes: ['X'] }),
      ...bert.lines(3),
    ]);
    const count = async (query: EventQuery) => (await all(store.find(query))).length;
    expect(await count({ session: 's-anna' })).toBe(4);
    expect(await count({ tenant: 'other' })).toBe(3);
    expect(await count({ user: 'p_anna' })).toBe(4);
    expect(await count({ type: 'fallback' })).toBe(1);
    expect(await count({ decision: 'refuse' })).toBe(1);
    expect(await count({ reason: 'X' })).toBe(2);
    expect(await count({ reason: 'MODERATION:JAILBREAK', user: 'p_bert' })).toBe(0);
    expect(await count({ fromMs: 1001, toMs: 5001 })).toBe(4);
  });

  it('are found page after page, each once, in the order of time', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const chains = Array.from({ length: 5 }, (_, i) => new SampleChain(`s-${i}`, { atMs: 1000 }));
    for (const chain of chains) await store.append(chain.lines(500));
    const found = await all(store.find({}));
    expect(new Set(found.map(({ line }) => line)).size).toBe(2500);
    const times = found.map(({ line }) => (JSON.parse(line) as { at: string }).at);
    expect(times).toEqual(times.toSorted());
  });

  it('are found page after page, each once, though all are of the same millisecond', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const lines = Array.from({ length: 2500 }, (_, i) =>
      new SampleChain(`s-${i}`, { atMs: 1000 }).said('hi'),
    );
    await store.append(lines);
    for (const query of [{}, { tenant: 'default' }, { user: 'p_anna' }]) {
      const found = (await all(store.find(query))).map(({ line }) => line);
      expect(found).toHaveLength(2500);
      expect(new Set(found)).toEqual(new Set(lines));
    }
  });

  it('that were forged to stand beside others are found by their own reasons only, and once', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const decision = { turn: 1, speaker: 'user', rules: ['r'], severity: 2, decision: 'refuse' };
    const decided = (atMs: number, reasonCodes: string[]) =>
      new SampleChain('s', { atMs }).add('policy.decision', { ...decision, reasonCodes });
    const [real, both, other] = [decided(1000, ['X']), decided(2000, ['X', 'Y']), decided(3000, ['Y'])];
    await store.append([real]);
    await store.append([both, other]);
    const found = async (reason: string) => (await all(store.find({ reason }))).map(({ line }) => line);
    expect(await found('X')).toEqual([real, both]);
    expect(await found('Y')).toEqual([both, other]);
  });

  it('that were forged into the chain of another are found as whose they say they are, and no others', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const anna = new SampleChain('s', { tenant: 'acme', user: 'p_anna' });
    const forged = new SampleChain('s', { tenant: 'other', user: 'p_bert' });
    const [annas, berts] = [anna.lines(3), forged.lines(5)];
    await store.append([...annas, berts[1]!]);
    await store.append(anna.lines(1));
    await store.append([berts[4]!]);
    const found = async (query: EventQuery) => (await all(store.find(query))).map(({ line }) => line);
    expect(await found({ user: 'p_bert' })).toEqual([berts[1], berts[4]]);
    expect(await found({ tenant: 'other' })).toEqual([berts[1], berts[4]]);
    expect(await found({ user: 'p_bert', tenant: 'acme' })).toEqual([]);
    expect(await found({ user: 'p_anna' })).toHaveLength(4);
    expect(await found({ tenant: 'acme', session: 's' })).toHaveLength(4);
  });

  describe('checkpoints', () => {
    it('name every chain that changed, each the one before, and nothing twice', async () => {
      await using place = await kind.place();
      const store = await place.open();
      const [a, b] = [new SampleChain('a'), new SampleChain('b')];
      await store.append([...a.lines(2), ...b.lines(1)]);
      const first = await store.seal(sign, 0);
      expect(await store.seal(sign, 0)).toBeUndefined();
      await store.append(a.lines(3));
      const second = await store.seal(sign, 0);
      const chains = (leaves: string[] = []) =>
        leaves.map(readLeaf).flatMap((leaf) => (leaf !== undefined && 'session' in leaf ? [leaf] : []));
      expect(chains(first?.leaves)).toMatchObject([
        { session: 'a', seq: 1, events: 2 },
        { session: 'b', seq: 0, events: 1, hash: b.head.hash },
      ]);
      expect(chains(second?.leaves)).toMatchObject([{ session: 'a', seq: 4, events: 5, hash: a.head.hash }]);
      expect(readCheckpoint(second!.line)).toMatchObject({ n: 2, chains: 2, leaves: second!.leaves.length });
      expect(await all(store.checkpoints.read(1))).toMatchObject([
        { line: first!.line, leaves: first!.leaves },
        { line: second!.line, leaves: second!.leaves },
      ]);
      expect((await store.checkpoints.last())?.line).toBe(second!.line);
    });

    it('never fork, however many recorders seal at once', async () => {
      await using place = await kind.place();
      const stores = await Promise.all(Array.from({ length: 4 }, () => place.open()));
      const chain = new SampleChain('s');
      for (let round = 0; round < 5; round++) {
        await stores[round % 4]!.append(chain.lines(1));
        const made = await Promise.all(stores.map((store) => store.seal(sign, 0)));
        expect(made.filter((one) => one !== undefined)).toHaveLength(1);
      }
      const log = await all(stores[0]!.checkpoints.read(1));
      expect(log.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    });

    it('are not made before they are due', async () => {
      await using place = await kind.place();
      const store = await place.open();
      const chain = new SampleChain('s');
      await store.append(chain.lines(1));
      expect(await store.seal(sign, 60_000)).toBeDefined();
      await store.append(chain.lines(1));
      expect(await store.seal(sign, 60_000)).toBeUndefined();
    });

    it('of a clock that was ahead keep no later ones away', async () => {
      await using place = await kind.place();
      const store = await place.open();
      const chain = new SampleChain('s');
      const ahead = (ms: number) => (contents: Parameters<typeof sign>[0]) =>
        sign({ ...contents, at: new Date(contents.at.getTime() + ms) });
      await store.append(chain.lines(1));
      expect(await store.seal(ahead(3_600_000), 60_000)).toMatchObject({ n: 1 });
      await store.append(chain.lines(1));
      // As the clocks of two hosts may differ.
      expect(await store.seal(ahead(5000), 60_000)).toMatchObject({ n: 2 });
      await store.append(chain.lines(1));
      expect(await store.seal(sign, 60_000)).toBeUndefined();
      expect(await store.seal(sign, 0)).toMatchObject({ n: 3 });
    });

    it('remember how far they were copied', async () => {
      await using place = await kind.place();
      const store = await place.open();
      expect(await store.checkpoints.copiedTo('there')).toBe(0);
      await store.checkpoints.markCopied('there', 7);
      await store.checkpoints.markCopied('there', 3);
      await store.checkpoints.markCopied('elsewhere', 1);
      expect(await store.checkpoints.copiedTo('there')).toBe(7);
    });
  });

  describe('keys', () => {
    const master = randomBytes(32);
    const record = (session: string, epoch = 1000, user = 'p_anna', tenant = 'acme') =>
      wrapKey(randomBytes(32), master, { session, epoch, user, tenant });

    it('are kept as they came, and the first one stays', async () => {
      await using place = await kind.place();
      const { keys } = await place.open();
      const first = record('s');
      expect(await keys.put(first)).toBe('stored');
      expect(await keys.put(record('s'))).toBe('stored');
      expect(await keys.get(first)).toEqual(first);
      expect(await keys.get({ ...first, tenant: 'other' })).toBeUndefined();
    });

    it('of an erased person are gone, do not come back, and nobody else’s are touched', async () => {
      await using place = await kind.place();
      const { keys } = await place.open();
      const [one, two, late, next] = [
        record('s1'),
        record('s2', 2000),
        record('s3', 2500),
        record('s4', 4000),
      ];
      const [bert, elsewhere] = [record('s5', 1000, 'p_bert'), record('s6', 1000, 'p_anna', 'other')];
      for (const each of [one, two, bert, elsewhere]) await keys.put(each);
      const anna = { tenant: 'acme', user: 'p_anna' };
      const erased = await keys.erase(anna, 3000);
      expect(erased.keys).toBe(2);
      expect(erased.sessions.toSorted()).toEqual(['s1', 's2']);
      for (const each of [one, two, late]) {
        expect(await keys.put(each)).toBe('erased');
        expect(await keys.get(each)).toBeUndefined();
      }
      expect(await keys.put(next)).toBe('stored');
      expect(await keys.get(bert)).toEqual(bert);
      expect(await keys.get(elsewhere)).toEqual(elsewhere);
      expect(await keys.erase(anna, 5000)).toMatchObject({ keys: 1 });
      expect(await keys.put(record('s1', 6000))).toBe('erased');
    });

    it('that come while their person is erased do not stay', async () => {
      await using place = await kind.place();
      const [one, two] = [await place.open(), await place.open()];
      const records = Array.from({ length: 20 }, (_, i) => record(`s${i}`));
      const person = { tenant: 'acme', user: 'p_anna' };
      await Promise.all([...records.map((each) => one.keys.put(each)), two.keys.erase(person, 5000)]);
      for (const each of records) {
        expect(await one.keys.get(each)).toBeUndefined();
        expect(await one.keys.put(record(each.session, 6000))).toBe('erased');
      }
    });

    it('of calls that are erased twice at once do not come back', async () => {
      await using place = await kind.place();
      const [one, two] = [await place.open(), await place.open()];
      const sessions = Array.from({ length: 20 }, (_, i) => `s${i}`);
      for (const session of sessions) await one.keys.put(record(session));
      const person = { tenant: 'acme', user: 'p_anna' };
      await Promise.all([one.keys.erase(person, 5000), two.keys.erase(person, 4000)]);
      for (const session of sessions) expect(await two.keys.put(record(session, 6000))).toBe('erased');
      expect(await two.keys.put(record('late', 4500))).toBe('erased');
    });

    it('of a call in progress that were on their way stay away, whichever of them comes first', async () => {
      await using place = await kind.place();
      const { keys } = await place.open();
      await keys.erase({ tenant: 'acme', user: 'p_anna' }, 3000);
      expect(await keys.put(record('s1', 2000))).toBe('erased');
      expect(await keys.put(record('s1', 4000))).toBe('erased');
      const next = record('s2', 4000);
      expect(await keys.put(next)).toBe('stored');
      expect(await keys.put(record('s2', 2000))).toBe('erased');
      expect(await keys.get(next)).toBeUndefined();
      expect(await keys.put(next)).toBe('erased');
      expect(await keys.put(record('s3', 4000))).toBe('stored');
    });

    it('of an erased person do not come back when the clock is set back and the person erased again', async () => {
      await using place = await kind.place();
      const { keys } = await place.open();
      const anna = { tenant: 'acme', user: 'p_anna' };
      await keys.erase(anna, 3000);
      expect(await keys.erase(anna, 1000)).toEqual({ keys: 0, sessions: [] });
      expect(await keys.put(record('s', 2000))).toBe('erased');
    });
  });
});
