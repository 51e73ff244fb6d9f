import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { keysOf } from './keys.ts';
import { Lease } from './lease.ts';
import { type Claim, claim, confirm, type Pin, release } from './pins.ts';
import type { ProcessRecord } from './process-record.ts';
import { connectRedis } from './redis.ts';

const keys = keysOf('pins-test');
const log = createLog('test', 'silent');
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

const record: ProcessRecord = {
  state: 'up',
  version: '0',
  pid: 1,
  host: 'h',
  startedAt: 0,
  sessions: 0,
  capacity: 10,
  loopLagP95Ms: 0,
  rssBytes: 0,
  links: 0,
  admin: '',
  linkPath: '',
  machine: '',
  linkAddress: '',
  provider: 'ok',
  laneA: 'on',
  knowledge: '',
  warmConnections: 0,
  queues: '',
  features: '',
  connect: '',
  ttfbResponse: '',
  ttfbAudio: '',
  audit: '',
  evidence: '',
  waiting: 0,
  limitedBy: '',
};

/** A worker in the registry that never renews by itself within the test. */
async function worker(id: string, slots: number, leaseMs = 60_000, on = redis): Promise<Lease> {
  const lease = new Lease(on, keys, log, {
    role: 'worker',
    newId: () => id,
    heartbeatMs: 1_000_000,
    leaseMs,
    freeSlots: () => slots,
    record: () => record,
  });
  await lease.start();
  return lease;
}

function taken(result: Claim): Pin & { taken: boolean } {
  if (typeof result === 'string') throw new Error(result);
  return result;
}

const freeOf = async (id: string) => Number(await redis.zscore(keys.free, id));

describe('claim', () => {
  it('takes a new session for the worker with the most free slots', async () => {
    await worker('a', 3);
    await worker('b', 5);
    expect(taken(await claim(redis, keys, 's1'))).toMatchObject({ owner: 'b', taken: true });
    expect(await freeOf('b')).toBe(4);
  });

  it('returns a live owner as it is', async () => {
    await worker('a', 3);
    const first = taken(await claim(redis, keys, 's1'));
    const second = taken(await claim(redis, keys, 's1'));
    expect(second).toEqual({ ...first, taken: false });
    expect(await freeOf('a')).toBe(2);
  });

  it('spreads a burst evenly and never overshoots the cap', async () => {
    await worker('a', 25);
    await worker('b', 25);
    const results = await Promise.all(Array.from({ length: 60 }, (_, i) => claim(redis, keys, `s${i}`)));
    const owners = results.map((result) => (typeof result === 'string' ? result : result.owner));
    expect(owners.filter((owner) => owner === 'a')).toHaveLength(25);
    expect(owners.filter((owner) => owner === 'b')).toHaveLength(25);
    expect(owners.filter((owner) => owner === 'no_room')).toHaveLength(10);
  });

  it('says that no worker runs when none does, or all leases have run out', async () => {
    expect(await claim(redis, keys, 's1')).toBe('no_worker');
    await worker('a', 3);
    await redis.zadd(keys.workers, 1, 'a');
    expect(await claim(redis, keys, 's1')).toBe('no_worker');
  });

  it('gives the session of a dead owner to another at a higher epoch, whatever the lease and the cap say', async () => {
    await worker('a', 5);
    await worker('b', 0);
    const first = taken(await claim(redis, keys, 's1'));
    expect(first.owner).toBe('a');
    const next = taken(await claim(redis, keys, 's1', { dead: first }));
    expect(next.owner).toBe('b');
    expect(next.epoch).toBeGreaterThan(first.epoch);
  });

  it('gives no further calls to an owner that was found dead, until its next heartbeat', async () => {
    const a = await worker('a', 50);
    await worker('b', 5);
    const first = taken(await claim(redis, keys, 's1'));
    expect(first.owner).toBe('a');
    await claim(redis, keys, 's1', { dead: first });
    expect(taken(await claim(redis, keys, 's2')).owner).toBe('b');
    await a.beatNow();
    expect(taken(await claim(redis, keys, 's3')).owner).toBe('a');
  });

  it('believes a dead owner only while it is the owner', async () => {
    await worker('a', 5);
    await worker('b', 1);
    const first = taken(await claim(redis, keys, 's1'));
    const second = taken(await claim(redis, keys, 's1', { dead: first }));
    const late = taken(await claim(redis, keys, 's1', { dead: first }));
    expect(late).toEqual({ ...second, taken: false });
  });

  it('takes a session over when the lease of its owner has run out', async () => {
    await worker('a', 5);
    const first = taken(await claim(redis, keys, 's1'));
    await redis.zadd(keys.workers, 1, 'a');
    await worker('b', 5);
    const next = taken(await claim(redis, keys, 's1'));
    expect(next.owner).toBe('b');
    expect(next.epoch).toBeGreaterThan(first.epoch);
  });

  it('raises the epoch even when the clock went back', async () => {
    await worker('a', 5);
    await worker('b', 5);
    const future = Date.now() + 1e9;
    await redis.hset(keys.pin('s1'), { owner: 'gone', epoch: future });
    expect(taken(await claim(redis, keys, 's1')).epoch).toBe(future + 1);
  });

  it('never gives one session two owners: three claimers race for 2,000 sessions', async () => {
    await worker('a', 1000);
    await worker('b', 1000);
    await worker('c', 1000);
    const sessions = Array.from({ length: 2000 }, () => randomUUID());
    const claimers = [redis, redis.duplicate(), redis.duplicate()];
    const rounds = await Promise.all(
      claimers.map((client) => Promise.all(sessions.map((session) => claim(client, keys, session)))),
    );
    for (const client of claimers.slice(1)) client.disconnect();
    let creations = 0;
    for (let i = 0; i < sessions.length; i++) {
      const results = rounds.map((round) => taken(round[i]!));
      expect(new Set(results.map(({ owner, epoch }) => `${owner} ${epoch}`)).size).toBe(1);
      creations += results.filter((result) => result.taken).length;
    }
    expect(creations).toBe(2000);
    const left = (await freeOf('a')) + (await freeOf('b')) + (await freeOf('c'));
    expect(left).toBe(1000);
  });
});

describe('a reservation', () => {
  it('becomes a session when the worker confirms, and a free slot again when it is released', async () => {
    await worker('a', 3);
    const pin = taken(await claim(redis, keys, 's1'));
    expect(await redis.zcard(`${keys.reservedPrefix}a`)).toBe(1);
    expect(await confirm(redis, keys, 's1', pin)).toBe(true);
    expect(await redis.zcard(`${keys.reservedPrefix}a`)).toBe(0);
    expect(await release(redis, keys, 's1', pin)).toBe(true);
    expect(await redis.exists(keys.pin('s1'))).toBe(0);
    expect(await freeOf('a')).toBe(3);
  });

  it('is given back once, also where the release is the first that Redis sees and a heartbeat follows it', async () => {
    await redis.script('FLUSH');
    const own = new Redis(server.url);
    await own.ping();
    const lease = await worker('a', 3, 60_000, own);
    const pin = taken(await claim(own, keys, 's1'));
    await confirm(own, keys, 's1', pin);
    await Promise.all([release(own, keys, 's1', pin), lease.beatNow()]);
    own.disconnect();
    expect(await freeOf('a')).toBe(3);
  });

  it('is given back although Redis was told to forget the script meanwhile', async () => {
    await worker('a', 3);
    const first = taken(await claim(redis, keys, 's1'));
    expect(await release(redis, keys, 's1', first)).toBe(true);
    const second = taken(await claim(redis, keys, 's2'));
    await redis.script('FLUSH');
    expect(await release(redis, keys, 's2', second)).toBe(true);
    expect(await freeOf('a')).toBe(3);
  });

  it('is counted against the slots in each heartbeat until it runs out', async () => {
    const lease = await worker('a', 3);
    await claim(redis, keys, 's1');
    await lease.beatNow();
    expect(await freeOf('a')).toBe(2);
    await redis.zadd(`${keys.reservedPrefix}a`, 1, 's1');
    await lease.beatNow();
    expect(await freeOf('a')).toBe(3);
  });

  it('is refused to a worker that lost the session meanwhile', async () => {
    await worker('a', 3);
    await worker('b', 2);
    const first = taken(await claim(redis, keys, 's1'));
    const second = taken(await claim(redis, keys, 's1', { dead: first }));
    expect(await confirm(redis, keys, 's1', first)).toBe(false);
    expect(await release(redis, keys, 's1', first)).toBe(false);
    expect(await confirm(redis, keys, 's1', second)).toBe(true);
    expect(await redis.hget(keys.pin('s1'), 'owner')).toBe(second.owner);
  });

  it('is written again when Redis has forgotten it', async () => {
    await worker('a', 3);
    const pin = taken(await claim(redis, keys, 's1'));
    await redis.del(keys.pin('s1'));
    expect(await confirm(redis, keys, 's1', pin)).toBe(true);
    expect(await redis.hgetall(keys.pin('s1'))).toEqual({ owner: 'a', epoch: String(pin.epoch) });
  });
});

describe('a lease', () => {
  it('that has run out is never revived: the worker comes back under a new id', async () => {
    const ids = ['a:1', 'a:2'];
    const registered: string[] = [];
    const lease = new Lease(redis, keys, log, {
      role: 'worker',
      newId: () => ids.shift()!,
      heartbeatMs: 1_000_000,
      leaseMs: 60_000,
      freeSlots: () => 1,
      record: () => record,
      onRegistered: (id) => registered.push(id),
    });
    await lease.start();
    await redis.zadd(keys.workers, 1, 'a:1');
    await lease.beatNow();
    expect(lease.id).toBe('a:2');
    expect(registered).toEqual(['a:1', 'a:2']);
    expect(Number(await redis.zscore(keys.workers, 'a:1'))).toBeLessThan(Date.now());
    expect(await redis.zscore(keys.free, 'a:1')).toBeNull();
  });

  it('tells each heartbeat how many live, and a place among them that no other has', async () => {
    const told: Record<string, [peers: number, before: number]> = {};
    for (const id of ['b', 'a', 'c']) {
      const lease = new Lease(redis, keys, log, {
        role: 'worker',
        newId: () => id,
        heartbeatMs: 1_000_000,
        leaseMs: 60_000,
        freeSlots: () => 1,
        record: () => record,
        onRenewed: (...fleet) => {
          told[id] = fleet;
        },
      });
      await lease.start();
    }
    expect(told).toEqual({ b: [1, 0], a: [2, 0], c: [3, 2] });
  });

  it('cannot be taken under an id that was used', async () => {
    await worker('a', 1);
    const second = await worker('a', 1);
    expect(second.id).toBeUndefined();
  });

  it('ends when the worker leaves, and no call is given to it any more', async () => {
    const lease = await worker('a', 5);
    await lease.stop();
    expect(await claim(redis, keys, 's1')).toBe('no_worker');
  });

  it('of a worker that takes no new calls is renewed without slots', async () => {
    let slots: number | undefined = 5;
    const lease = new Lease(redis, keys, log, {
      role: 'worker',
      newId: () => 'a',
      heartbeatMs: 1_000_000,
      leaseMs: 60_000,
      freeSlots: () => slots,
      record: () => record,
    });
    await lease.start();
    slots = undefined;
    await lease.beatNow();
    expect(await claim(redis, keys, 's1')).toBe('no_worker');
    expect(Number(await redis.zscore(keys.workers, 'a'))).toBeGreaterThan(Date.now());
  });
});

describe('a process that is too busy to look at answers in time', () => {
  it('asks again, and has one slot for it', async () => {
    await worker('w1', 10);
    const registry = connectRedis(server.url, log);
    await once(registry, 'ready');
    try {
      const session = randomUUID();
      const claimed = claim(registry, keys, session);
      const until = performance.now() + 400;
      while (performance.now() < until);
      await expect(claimed).resolves.toMatchObject({ owner: 'w1' });
      expect(await redis.zscore(keys.free, 'w1')).toBe('9');
    } finally {
      registry.disconnect();
    }
  });

  it('is told that Redis is away when it is', async () => {
    const registry = connectRedis(server.url, log);
    await once(registry, 'ready');
    server.server.kill('SIGSTOP');
    try {
      await expect(claim(registry, keys, randomUUID())).rejects.toThrow('timed out');
    } finally {
      server.server.kill('SIGCONT');
      registry.disconnect();
    }
  });
});
