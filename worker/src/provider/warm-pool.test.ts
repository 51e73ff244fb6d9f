import { setTimeout } from 'node:timers/promises';
import { createLog } from '@vjj/shared/log.ts';
import { describe, expect, it } from 'vitest';
import { type Warm, WarmPool, type WarmPoolOptions } from './warm-pool.ts';

class Connection implements Warm {
  isLive = true;
  #onClosed: (() => void) | undefined;
  isOpen() {
    return this.isLive;
  }
  onceClosed(listener: () => void) {
    this.#onClosed = listener;
  }
  checkAlive() {
    if (!this.isLive) this.#onClosed?.();
  }
  close() {
    this.isLive = false;
    this.#onClosed?.();
  }
}

/** A pool over connections that open when the test says so, or at once. */
function poolOf(options: Partial<WarmPoolOptions<Connection>> = {}) {
  const opened: Connection[] = [];
  const failures: Error[] = [];
  let isHeld = false;
  const held: (() => void)[] = [];
  const pool = new WarmPool(
    async () => {
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      const connection = new Connection();
      opened.push(connection);
      return connection;
    },
    { min: 3, max: 20, room: () => 1000, log: createLog('test', 'silent'), random: () => 0, ...options },
  );
  return {
    pool,
    opened,
    failures,
    held,
    hold: () => {
      isHeld = true;
    },
  };
}

describe('the warm pool', () => {
  it('keeps the least number ready, and gives them away before it opens others', async () => {
    const { pool, opened } = poolOf();
    await expect.poll(() => pool.size).toBe(3);
    const ready = [...opened];
    const { connection, isWarm } = await pool.take();
    expect(ready).toContain(connection);
    expect(isWarm).toBe(true);
    expect(pool.size).toBe(2);
    await expect.poll(() => pool.size).toBe(3);
    pool.close();
  });

  it('gives away the one that suits best, and any other before it opens one', async () => {
    const { pool, opened } = poolOf();
    await expect.poll(() => pool.size).toBe(3);
    const third = opened[2]!;
    expect((await pool.take(0, (one) => one === third)).connection).toBe(third);
    expect((await pool.take(0, () => false)).isWarm).toBe(true);
    pool.close();
  });

  it('makes connections ready that are to wait, and no others; one that cannot be is made again', async () => {
    const prepared: Connection[] = [];
    let failures = 1;
    const { pool, opened } = poolOf({
      min: 1,
      max: 1,
      prepare: async (connection) => {
        if (failures-- > 0) throw new Error('of no use');
        prepared.push(connection);
      },
    });
    await expect.poll(() => pool.size, { timeout: 5000 }).toBe(1);
    expect(opened.map(({ isLive }) => isLive)).toEqual([false, true]);
    expect(prepared).toEqual([opened[1]]);
    const taken = await pool.fresh();
    expect(prepared).not.toContain(taken);
    pool.close();
  });

  it('opens a connection for each caller of a burst that finds it empty, all at once', async () => {
    const { pool, held, hold } = poolOf({ min: 0 });
    hold();
    const callers = Array.from({ length: 50 }, () => pool.take());
    expect(held).toHaveLength(50);
    for (const open of held) open();
    const taken = await Promise.all(callers);
    expect(new Set(taken.map(({ connection }) => connection)).size).toBe(50);
    expect(taken.some(({ isWarm }) => isWarm)).toBe(false);
    pool.close();
  });

  it('makes itself ready for a burst like the last one, up to its bound', async () => {
    const { pool } = poolOf({ min: 1, max: 10 });
    await Promise.all(Array.from({ length: 6 }, () => pool.take(1000)));
    expect(pool.target).toBe(6);
    await expect.poll(() => pool.size).toBe(6);
    await Promise.all(Array.from({ length: 40 }, () => pool.take(5000)));
    expect(pool.target).toBe(10);
    await pool.take(5000 + 5 * 60_000 + 2000);
    expect(pool.target).toBe(1);
    pool.close();
  });

  it('replaces what was taken little by little, and waits for those on their way when they are many', async () => {
    const { pool, held, hold } = poolOf({ min: 60, max: 60 });
    await expect.poll(() => pool.size, { timeout: 5000 }).toBe(60);
    hold();
    await Promise.all(Array.from({ length: 60 }, () => pool.take()));
    await expect.poll(() => held.length, { interval: 5 }).toBeGreaterThan(0);
    expect(held.length).toBeLessThanOrEqual(8);
    await expect.poll(() => held.length, { timeout: 10_000 }).toBe(32);
    await setTimeout(300);
    expect(held).toHaveLength(32);
    for (const open of held.splice(0)) open();
    await expect.poll(() => held.length, { timeout: 10_000 }).toBe(28);
    expect(pool.size).toBe(32);
    pool.close();
  });

  it('leaves a service that refuses alone for a while', async () => {
    let asked = 0;
    const pool = new WarmPool<Connection>(
      async () => {
        asked++;
        throw new Error('refused');
      },
      { min: 40, max: 40, room: () => 100, log: createLog('test', 'silent'), random: () => 0.5 },
    );
    await expect.poll(() => asked).toBeGreaterThan(0);
    await setTimeout(600);
    expect(asked).toBeLessThanOrEqual(8);
    pool.close();
  });

  it('takes no more than the fleet leaves it', async () => {
    let room = 2;
    const { pool } = poolOf({ min: 5, room: () => room });
    await expect.poll(() => pool.size).toBe(2);
    room = 0;
    expect(pool.target).toBe(0);
    pool.close();
  });

  it('never gives away a connection that has closed meanwhile, and replaces it', async () => {
    const { pool, opened } = poolOf({ min: 2 });
    await expect.poll(() => pool.size).toBe(2);
    opened[0]!.close();
    expect(pool.size).toBe(1);
    await expect.poll(() => pool.size).toBe(2);
    opened[1]!.isLive = false;
    const taken = await pool.take();
    expect(taken.connection.isLive).toBe(true);
    pool.close();
  });

  it('tells a caller why a connection could not be had', async () => {
    const { pool, failures } = poolOf({ min: 0 });
    failures.push(new Error('refused'));
    await expect(pool.take()).rejects.toThrow('refused');
    pool.close();
  });

  it('closes what it holds, also what was still being opened', async () => {
    const { pool, opened, held, hold } = poolOf({ min: 2 });
    await expect.poll(() => pool.size).toBe(2);
    hold();
    await pool.take();
    await expect.poll(() => held.length).toBe(1);
    pool.close();
    held[0]!();
    await expect.poll(() => opened.length).toBe(3);
    await expect.poll(() => opened.filter((connection) => connection.isLive).length).toBe(1);
  });
});
