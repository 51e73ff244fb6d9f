import { randomUUID } from 'node:crypto';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readJournal, writeJournals } from './journal.ts';
import { keysOf } from './keys.ts';
import { adopt, claim, confirm, type Pin, release } from './pins.ts';
import { Writer } from './test-writer.ts';

const keys = keysOf('journal-test');
let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await redis.flushall();
  await live('a', 'b');
});

/** Workers with room, for as long as the test runs. */
async function live(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await redis.zadd(keys.workers, Date.now() + 60_000, id);
    await redis.zadd(keys.free, 10_000, id);
  }
}

async function claimed(session: string, dead?: Pin): Promise<Pin> {
  const result = await claim(redis, keys, session, { dead });
  if (typeof result === 'string') throw new Error(result);
  return { owner: result.owner, epoch: result.epoch };
}

const write = async (session: string, pin: Pin, data: string) =>
  (await writeJournals(redis, keys, [{ session, pin, data }]))[0];

describe('a journal', () => {
  it('is written by the owner and read by the next one', async () => {
    const pin = await claimed('s');
    expect(await write('s', pin, 'words')).toBe('written');
    expect(await readJournal(redis, keys, 's')).toBe('words');
  });

  it('is not written by a former owner, even before the new one has written anything', async () => {
    const first = await claimed('s');
    await write('s', first, 'first');
    const second = await claimed('s', first);
    expect(await write('s', first, 'stale')).toBe('not_ours');
    expect(await write('s', second, 'second')).toBe('written');
    expect(await write('s', first, 'stale')).toBe('not_ours');
    expect(await readJournal(redis, keys, 's')).toBe('second');
  });

  it('is not written where no pin is, and is once the session is adopted', async () => {
    const pin = await claimed('s');
    await redis.flushall();
    expect(await write('s', pin, 'words')).toBe('no_pin');
    expect(await adopt(redis, keys, 's', pin, pin.owner)).toEqual(pin);
    expect(await write('s', pin, 'words')).toBe('written');
  });

  it('ends with the session, by its owner only', async () => {
    const first = await claimed('s');
    const second = await claimed('s', first);
    await write('s', second, 'words');
    expect(await release(redis, keys, 's', first)).toBe(false);
    expect(await readJournal(redis, keys, 's')).toBeDefined();
    expect(await release(redis, keys, 's', second)).toBe(true);
    expect(await readJournal(redis, keys, 's')).toBeUndefined();
  });

  it('survives scripts that Redis has forgotten, and keys altered by hand', async () => {
    const pin = await claimed('s');
    await redis.script('FLUSH');
    expect(await write('s', pin, 'words')).toBe('written');
    await redis.hset(keys.pin('s'), 'epoch', 'rubbish');
    expect(await write('s', pin, 'more')).toBe('no_pin');
    expect(await adopt(redis, keys, 's', pin, pin.owner)).toEqual(pin);
    await redis.del(keys.pin('s'));
    await redis.set(keys.pin('s'), 'not a hash');
    expect(await write('s', pin, 'more')).toMatchObject({ message: expect.stringContaining('WRONGTYPE') });
  });

  it('takes many in one write, each judged by itself', async () => {
    const [one, two] = [await claimed('s1'), await claimed('s2')];
    await claimed('s2', two);
    expect(
      await writeJournals(redis, keys, [
        { session: 's1', pin: one, data: '1' },
        { session: 's2', pin: two, data: '2' },
        { session: 's3', pin: one, data: '3' },
      ]),
    ).toEqual(['written', 'not_ours', 'no_pin']);
  });
});

describe('an owner that stands still past its lease and comes back', () => {
  it('has none of its writes accepted, though the new owner has not written anything yet', async () => {
    const pins = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => ({ session: `s${i}`, pin: await claimed(`s${i}`) })),
    );
    await using writer = new Writer(server.url, 'journal-test', pins);
    await writer.round(({ written }) => written === pins.length);
    writer.kill('SIGSTOP');
    await redis.zadd(keys.workers, 1, 'a', 1, 'b');
    await live('c');
    // What it sent before it stood still is done by then: Redis takes one thing after the other.
    for (const { session, pin } of pins) expect((await claimed(session)).epoch).toBeGreaterThan(pin.epoch);
    const journals = () => Promise.all(pins.map(({ session }) => redis.hgetall(keys.journal(session))));
    const before = await journals();
    writer.kill('SIGCONT');
    for (let round = 0; round < 20; round++)
      await writer.round(({ not_ours: refused }) => refused === pins.length);
    expect(await journals()).toEqual(before);
  });
});

describe('a replica that had missed the newest pins and became the master', () => {
  it('does not bring back the former owner, and epochs still rise', async () => {
    const first = await claimed('s');
    await write('s', first, 'first');
    const replicaServer = await startTestRedis();
    const replica = new Redis(replicaServer.url);
    try {
      const { hostname, port } = new URL(server.url);
      await redis.config('SET', 'repl-diskless-sync-delay', '0');
      await replica.replicaof(hostname, port);
      await expect.poll(() => replica.hget(keys.pin('s'), 'owner'), { timeout: 10_000 }).toBe(first.owner);
      await replica.replicaof('NO', 'ONE');
      const second = await claimed('s', first);
      expect(await write('s', second, 'second')).toBe('written');

      const writeThere = async (pin: Pin, data: string) =>
        (await writeJournals(replica, keys, [{ session: 's', pin, data }]))[0];
      expect(await writeThere(second, 'more')).toBe('no_pin');
      expect(await adopt(replica, keys, 's', second, second.owner)).toEqual(second);
      expect(await writeThere(second, 'more')).toBe('written');
      expect(await writeThere(first, 'stale')).toBe('not_ours');
      expect(await confirm(replica, keys, 's', first)).toBe(false);
      const third = await claim(replica, keys, 's', { dead: second });
      expect(third).toMatchObject({ taken: true });
      expect((third as Pin).epoch).toBeGreaterThan(second.epoch);
    } finally {
      replica.disconnect();
      await replicaServer[Symbol.asyncDispose]();
    }
  });
});

describe('adopt', () => {
  it('gives the session to the new id of its worker, at a higher epoch', async () => {
    const pin = await claimed('s');
    const adopted = await adopt(redis, keys, 's', pin, 'a-again');
    expect(adopted).toMatchObject({ owner: 'a-again' });
    expect(adopted!.epoch).toBeGreaterThan(pin.epoch);
    expect(await write('s', pin, 'stale')).toBe('not_ours');
    expect(await adopt(redis, keys, 's', pin, 'a-other')).toBeUndefined();
  });

  it('raced with a claim, one of the two has the session: never both, never none', async () => {
    const other = new Redis(server.url);
    try {
      await redis.zadd(keys.workers, Date.now() + 60_000, 'a-again');
      const outcomes = { adopted: 0, claimed: 0 };
      const race = async (i: number) => {
        const session = randomUUID();
        const before = { owner: 'lost', epoch: 5 };
        await redis.hset(keys.pin(session), before);
        // Whoever asks first differs.
        const ask = () => claim(other, keys, session, { dead: before, as: 'again' });
        const take = () => adopt(redis, keys, session, before, 'a-again');
        const [got, taken] =
          i % 2 === 0
            ? await Promise.all([ask(), take()])
            : await Promise.all([take(), ask()]).then(([t, g]) => [g, t] as const);
        if (typeof got === 'string') throw new Error(got);
        const pin = await redis.hgetall(keys.pin(session));
        expect(pin).toEqual({ owner: got.owner, epoch: String(got.epoch) });
        if (taken === undefined) expect(got.owner).not.toBe('a-again');
        else expect(got).toMatchObject({ ...taken, taken: false });
        outcomes[taken === undefined ? 'claimed' : 'adopted']++;
      };
      for (let at = 0; at < 5000; at += 50) {
        await Promise.all(Array.from({ length: 50 }, (_, i) => race(at + i)));
      }
      expect(outcomes.adopted + outcomes.claimed).toBe(5000);
      expect(outcomes.adopted).toBeGreaterThan(0);
      expect(outcomes.claimed).toBeGreaterThan(0);
    } finally {
      other.disconnect();
    }
  });
});

describe('a session without a pin', () => {
  it('is not claimed again before its owner had time to come back', async () => {
    expect(await claim(redis, keys, 's', { as: 'again' })).toBe('no_pin');
    const result = await claim(redis, keys, 's', { as: 'orphan' });
    expect(result).toMatchObject({ taken: true });
  });

  it('ignores the session cap when it exists already', async () => {
    await redis.zadd(keys.free, 0, 'a', 0, 'b');
    expect(await claim(redis, keys, 'new')).toBe('no_room');
    expect(await claim(redis, keys, 's', { as: 'orphan' })).toMatchObject({ taken: true });
  });
});
