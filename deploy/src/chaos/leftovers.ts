import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessStatus } from '@vjj/shared/control/cluster-status.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { Redis } from 'ioredis';
import type { Testbed } from '../testbed.ts';
import { waitFor } from '../wait-for.ts';

/** A lost caller's session waits for its caller (`RESUME_GRACE_MS`); reservations run out after 10 s. */
const limitMs = 90_000;
const lookEveryMs = 500;
/** Links and connections to Redis that a process made while it was busy, beside what it held when idle. */
const fewDescriptors = 16;

/** Most descriptors a process of each role holds when nobody calls. */
export type Idle = Readonly<Record<'workers' | 'gateways' | 'recorders', number>>;

export async function idleDescriptors(bed: Testbed): Promise<Idle> {
  const status = await bed.registry();
  const most = (processes: readonly ProcessStatus[]) => Math.max(0, ...processes.map(ownDescriptors));
  return {
    workers: most(status.workers),
    gateways: most(status.gateways),
    recorders: most(status.recorders),
  };
}

/** What is left of calls when all are over: waited for until nothing is, or it does not go away. */
export async function leftovers(bed: Testbed, idle: Idle): Promise<Record<string, number>> {
  let left: Record<string, number> = { 'never counted': 1 };
  const look = async () => {
    left = await leftNow(bed, idle);
    return Object.values(left).every((count) => count === 0) || undefined;
  };
  await waitFor('nothing left', look, { limitMs, everyMs: lookEveryMs }).catch(() => {});
  return left;
}

async function leftNow(bed: Testbed, idle: Idle): Promise<Record<string, number>> {
  const status = await bed.registry();
  const { workers, gateways } = status;
  const sum = (of: readonly number[]) => of.reduce((total, count) => total + count, 0);
  const descriptors = (['workers', 'gateways', 'recorders'] as const).flatMap((role) =>
    status[role].map((one) => Math.max(0, ownDescriptors(one) - idle[role] - fewDescriptors)),
  );
  const warm = sum(workers.map(({ warmConnections }) => warmConnections));
  return {
    sessionsOfWorkers: sum(workers.map(({ sessions }) => sessions)),
    sessionsOfGateways: sum(gateways.map(({ sessions }) => sessions)),
    ...(await keysLeft(bed)),
    providerConnections: Math.max(0, (await providerSessions(bed.emulatorUrl)) - warm),
    descriptors: sum(descriptors),
  };
}

async function keysLeft(bed: Testbed): Promise<Record<'pins' | 'journals' | 'reservations', number>> {
  const redis = new Redis(bed.redisUrl);
  const keys = keysOf(bed.clusterName);
  try {
    const [pins, journals, reserved] = await Promise.all(
      [keys.pin(''), keys.journal(''), keys.reservedPrefix].map((prefix) => redis.keys(`${prefix}*`)),
    );
    // Those that ran out are removed with the next claim.
    const counts = await Promise.all(reserved!.map((key) => redis.zcount(key, Date.now(), '+inf')));
    return {
      pins: pins!.length,
      journals: journals!.length,
      reservations: counts.reduce((total, count) => total + count, 0),
    };
  } finally {
    redis.disconnect();
  }
}

async function providerSessions(emulatorUrl: string): Promise<number> {
  const answer = await fetch(`${emulatorUrl}/emulator/state`);
  return ((await answer.json()) as { sessions: { live: number } }).sessions.live;
}

/** Open files and sockets of a process, those left out that wait for a caller by design; a dead one has none. */
function ownDescriptors({ pid, warmConnections }: ProcessStatus): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length - warmConnections;
  } catch {
    return 0;
  }
}

/** Resolves when everything in the spills is stored. @returns events that are not, after the limit */
export async function unstoredEvents(spillFolder: string, auditFolder: string): Promise<number> {
  let left = 1;
  const look = () => {
    const waiting = new Set(hashesIn(spillFolder));
    if (waiting.size > 0) for (const hash of hashesIn(auditFolder)) waiting.delete(hash);
    left = waiting.size;
    return left === 0 || undefined;
  };
  await waitFor('all evidence stored', look, { limitMs, everyMs: 2 * lookEveryMs }).catch(() => {});
  return left;
}

function* hashesIn(folder: string): Generator<string> {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.jsonl')) continue;
    // A segment may be confirmed and deleted meanwhile.
    const text = readOr(join(folder, name), '');
    for (const [, hash] of text.matchAll(/^\{"v":1,"session".*"hash":"([0-9a-f]{64})"\}$/gm)) yield hash!;
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
