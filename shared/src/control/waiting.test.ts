import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from './keys.ts';
import { type Claimed, claim, confirm, type Pin, release } from './pins.ts';
import { takeTurns } from './waiting.ts';

const keys = keysOf('waiting-test');
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
beforeEach(() => redis.flushall());

async function worker(id: string, slots: number): Promise<void> {
  await redis.zadd(keys.workers, Date.now() + 60_000, id);
  await redis.zadd(keys.free, slots, id);
  await redis.hset(keys.recordPrefix + id, 'sessions', 5);
}

const waitingRoom = 3;
const ask = (session: string) => claim(redis, keys, session, { waitingRoom });

async function claimed(session: string): Promise<Claimed> {
  const result = await ask(session);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

async function waits(session: string): Promise<Claimed & { waitingSince: number }> {
  const { waitingSince, ...pin } = await claimed(session);
  if (waitingSince === undefined) throw new Error(`${session} has a place`);
  return { ...pin, waitingSince };
}

const turnsOf = async (id: string, ...calls: [session: string, pin: Pin, since: number][]) =>
  (
    await takeTurns(
      redis,
      keys,
      id,
      calls.map(([session, pin, since]) => ({ session, pin, since })),
    )
  ).turns;

const freeOf = async (id: string) => Number(await redis.zscore(keys.free, id));

describe('when all workers are full', () => {
  it('new calls wait in the order of their coming, without a slot, until so many do', async () => {
    await worker('a', 1);
    expect(await claimed('s1')).toMatchObject({ owner: 'a', waitingSince: undefined });
    const [first, second, third] = [await waits('s2'), await waits('s3'), await waits('s4')];
    expect(first.waitingSince).toBeLessThan(second.waitingSince);
    expect(second.waitingSince).toBeLessThan(third.waitingSince);
    expect(await ask('s5')).toBe('no_room');
    expect(await freeOf('a')).toBe(0);
    expect(await redis.zcard(`${keys.reservedPrefix}a`)).toBe(1);
  });

  it('a call is refused at once where nobody may wait', async () => {
    await worker('a', 0);
    expect(await claim(redis, keys, 's1')).toBe('no_room');
  });

  it('the position of each is told, and how many calls have a place', async () => {
    await worker('a', 0);
    await worker('b', 0);
    const [one, two] = [await waits('s1'), await waits('s2')];
    const asked = await takeTurns(redis, keys, one.owner, [
      { session: 's1', pin: one, since: one.waitingSince },
      { session: 's2', pin: two, since: two.waitingSince },
    ]);
    expect(asked).toEqual({ sessions: 10, turns: [1, 2] });
  });
});

describe('a place that becomes free', () => {
  it('is given to whoever came first, and nobody who comes later overtakes', async () => {
    await worker('a', 0);
    const [one, two] = [await waits('s1'), await waits('s2')];
    await worker('a', 1);
    const late = await waits('s3');
    expect(
      await turnsOf(
        'a',
        ['s1', one, one.waitingSince],
        ['s2', two, two.waitingSince],
        ['s3', late, late.waitingSince],
      ),
    ).toEqual(['placed', 1, 2]);
    expect(await freeOf('a')).toBe(0);
    expect(await confirm(redis, keys, 's1', one)).toBe(true);
    expect(await redis.hexists(keys.pin('s1'), 'waiting')).toBe(0);
  });

  it('is left to those who came before, also while only a later one asks', async () => {
    await worker('a', 0);
    await waits('s1');
    const two = await waits('s2');
    await worker('a', 1);
    expect(await turnsOf('a', ['s2', two, two.waitingSince])).toEqual([2]);
    await worker('a', 2);
    expect(await turnsOf('a', ['s2', two, two.waitingSince])).toEqual(['placed']);
    expect(await freeOf('a')).toBe(1);
  });

  it('with more places than waiting calls, a new call need not wait', async () => {
    await worker('a', 0);
    await waits('s1');
    await worker('a', 2);
    expect(await claimed('s2')).toMatchObject({ waitingSince: undefined });
    expect(await freeOf('a')).toBe(1);
  });

  it('on another worker takes the call there, at a higher epoch', async () => {
    await worker('a', 0);
    const one = await waits('s1');
    expect(one.owner).toBe('a');
    await worker('b', 1);
    expect(await turnsOf('a', ['s1', one, one.waitingSince])).toEqual(['elsewhere']);
    const pin = await redis.hgetall(keys.pin('s1'));
    expect(pin).toEqual({ owner: 'b', epoch: expect.any(String) });
    expect(Number(pin.epoch)).toBeGreaterThan(one.epoch);
    expect(await freeOf('b')).toBe(0);
    expect(await redis.zcard(`${keys.reservedPrefix}b`)).toBe(1);
    expect(await turnsOf('a', ['s1', one, one.waitingSince])).toEqual(['elsewhere']);
  });

  it('is given once, also when the answer was lost', async () => {
    await worker('a', 0);
    const one = await waits('s1');
    await worker('a', 2);
    expect(await turnsOf('a', ['s1', one, one.waitingSince])).toEqual(['placed']);
    expect(await turnsOf('a', ['s1', one, one.waitingSince])).toEqual(['placed']);
    expect(await freeOf('a')).toBe(1);
    expect(await redis.zcard(keys.waiting)).toBe(0);
  });

  it('of a dead worker is nobody’s', async () => {
    await worker('a', 0);
    const one = await waits('s1');
    await worker('b', 5);
    await redis.zadd(keys.workers, 1, 'b');
    expect(await turnsOf('a', ['s1', one, one.waitingSince])).toEqual([1]);
  });
});

describe('a waiting call', () => {
  it('that ends leaves the queue, and frees no slot', async () => {
    await worker('a', 0);
    const [one, two] = [await waits('s1'), await waits('s2')];
    expect(await release(redis, keys, 's1', one)).toBe(true);
    expect(await freeOf('a')).toBe(0);
    expect(await turnsOf('a', ['s2', two, two.waitingSince])).toEqual([1]);
  });

  it('whose worker dies waits on at another one, in its place, and takes no slot', async () => {
    await worker('a', 0);
    const [one, two] = [await waits('s1'), await waits('s2')];
    await worker('b', 0);
    const moved = (await claim(redis, keys, 's1', { dead: one, as: 'again' })) as Claimed;
    expect(moved).toMatchObject({ owner: 'b', taken: true, waitingSince: one.waitingSince });
    expect(await freeOf('b')).toBe(0);
    expect(await redis.zcard(`${keys.reservedPrefix}b`)).toBe(0);
    expect(await turnsOf('b', ['s1', moved, one.waitingSince])).toEqual([1]);
    expect(await turnsOf('a', ['s2', two, two.waitingSince])).toEqual([2]);
    expect(await turnsOf('a', ['s1', one, one.waitingSince])).toEqual(['elsewhere']);
  });

  it('for which nobody asks any more is forgotten, and keeps nobody waiting', async () => {
    await worker('a', 0);
    await waits('s1');
    await worker('a', 1);
    await redis.zadd(keys.waitingSeen, 1, 's1');
    expect(await claimed('s2')).toMatchObject({ waitingSince: undefined });
    expect(await redis.zcard(keys.waiting)).toBe(0);
  });

  it('keeps its place in a Redis that has forgotten everything', async () => {
    await worker('a', 0);
    const [one, two] = [await waits('s1'), await waits('s2')];
    await redis.flushall();
    await worker('a', 1);
    expect(await turnsOf('a', ['s2', two, two.waitingSince])).toEqual(['no_pin']);
    expect(await turnsOf('a', ['s1', one, one.waitingSince])).toEqual(['no_pin']);
    await confirm(redis, keys, 's2', two);
    expect(await turnsOf('a', ['s2', two, two.waitingSince])).toEqual([2]);
    await confirm(redis, keys, 's1', one);
    expect(await turnsOf('a', ['s1', one, one.waitingSince])).toEqual(['placed']);
  });
});

it('first come, first served, however many claim, leave and ask at once: no place is given twice', async () => {
  const places = 40;
  await worker('a', places / 2);
  await worker('b', places / 2);
  const clients = [redis, redis.duplicate(), redis.duplicate()];
  const sessions = Array.from({ length: 400 }, (_, i) => `s${i}`);
  const results = await Promise.all(
    sessions.map((session, i) => claim(clients[i % 3]!, keys, session, { waitingRoom: 100 })),
  );
  const all = sessions.map((session, i) => ({ session, result: results[i]! }));
  const taken = all.flatMap(({ session, result }) =>
    typeof result === 'string' ? [] : [{ session, pin: result, since: result.waitingSince }],
  );
  const placed = taken.filter(({ since }) => since === undefined);
  const waiting = taken
    .flatMap((call) => (call.since === undefined ? [] : [{ ...call, since: call.since }]))
    .sort((one, other) => one.since - other.since);
  expect(placed).toHaveLength(places);
  expect(waiting).toHaveLength(100);

  const served: string[] = [];
  const left = new Set(waiting);
  const asksFor = async (id: string, client: Redis) => {
    const calls = [...left].filter(({ pin }) => pin.owner === id);
    const { turns } = await takeTurns(client, keys, id, calls);
    for (const [i, turn] of turns.entries()) {
      if (typeof turn === 'number') continue;
      left.delete(calls[i]!);
      served.push(calls[i]!.session);
      const [owner, epoch] = await client.hmget(keys.pin(calls[i]!.session), 'owner', 'epoch');
      placed.push({ ...calls[i]!, pin: { ...calls[i]!.pin, owner: owner!, epoch: Number(epoch) } });
    }
  };
  while (left.size > 0) {
    const before = served.length;
    const ending = placed.splice(0, 1 + Math.floor(Math.random() * 4));
    await Promise.all([
      ...ending.map(({ session, pin }) => release(clients[2]!, keys, session, pin)),
      asksFor('a', clients[0]!),
      asksFor('b', clients[1]!),
    ]);
    await asksFor('a', clients[0]!);
    await asksFor('b', clients[1]!);
    if (left.size > 0) expect(placed).toHaveLength(places);
    // Those served in this round came before all that still wait.
    const newest = Math.max(
      ...served.slice(before).map((session) => waiting.findIndex((call) => call.session === session)),
    );
    const oldestLeft = waiting.findIndex((call) => left.has(call));
    if (oldestLeft !== -1) expect(newest).toBeLessThan(oldestLeft);
  }
  expect(new Set(served).size).toBe(100);
  expect((await freeOf('a')) + (await freeOf('b'))).toBe(places - placed.length);
  for (const client of clients.slice(1)) client.disconnect();
});
