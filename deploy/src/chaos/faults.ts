import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ProcessStatus } from '@vjj/shared/control/cluster-status.ts';
import type { Member } from '../member.ts';
import type { Testbed } from '../testbed.ts';
import { waitFor } from '../wait-for.ts';
import type { BlackHole } from './black-hole.ts';

export interface Struck {
  bed: Testbed;
  /** Processes there are when all is well. */
  processes: { workers: number; gateways: number; recorders: number };
  /** The way of each primary to Redis, by its name. */
  ways: ReadonlyMap<string, BlackHole>;
  isShort: boolean;
}

/** How long what is not killed stays away, ms: in short runs, else. */
const awayMs = {
  // Longer than a lease (6 s), so that the process comes back as somebody whose calls are another's.
  stopped: [7_000, 10_000],
  redis: [4_000, 30_000],
  partition: [4_000, 15_000],
} as const;
const wholeLimitMs = 60_000;

type Strike = (struck: Struck, pick: number) => Promise<string>;

/** Every fault; each resolves, with the name of what was struck, when it is over. */
const strikes: Readonly<Record<string, Strike>> = {
  'worker-kill': ({ bed }, pick) => killOne(bed, 'workers', pick),
  async 'worker-stop'(struck, pick) {
    const { id, pid } = await oneOf(struck.bed, 'workers', pick);
    process.kill(pid, 'SIGSTOP');
    await away('stopped', struck);
    process.kill(pid, 'SIGCONT');
    return id;
  },
  'worker-drain': ({ bed }) => restartEach(bed.primaries.worker),
  async 'primary-kill'({ bed }, pick) {
    const primary = chosen(bed.primaries.worker, pick);
    primary.kill('SIGKILL');
    await primary.stop();
    await primary.start();
    return primary.name;
  },
  'gateway-kill': ({ bed }, pick) => killOne(bed, 'gateways', pick),
  'gateway-drain': ({ bed }) => restartEach(bed.primaries.gateway),
  'recorder-kill': ({ bed }, pick) => killOne(bed, 'recorders', pick),
  async 'redis-stop'(struck) {
    const { redis } = struck.bed;
    await redis.stop();
    await away('redis', struck);
    await redis.start();
    return redis.name;
  },
  async 'redis-kill'({ bed: { redis } }) {
    await killed(redis);
    await redis.start();
    return redis.name;
  },
  async 'redis-empty'({ bed: { redis, redisFolder } }) {
    await killed(redis);
    for (const kept of readdirSync(redisFolder)) rmSync(join(redisFolder, kept), { recursive: true });
    await redis.start();
    return redis.name;
  },
  'provider-drop': ({ bed }) => dropConnections(bed.emulatorUrl),
  async partition(struck, pick) {
    const [name, way] = chosen([...struck.ways], pick);
    way.open();
    await away('partition', struck);
    way.close();
    return `${name} from Redis`;
  },
};

export const faultKinds: readonly string[] = Object.keys(strikes);

/**
 * Does the harm, and waits until the cluster is whole again.
 * @param pick in [0, 1), chooses among several targets
 */
export async function strike(
  kind: string,
  pick: number,
  struck: Struck,
): Promise<{ what: string; beganAt: number; healedAt: number }> {
  const beganAt = Date.now();
  const what = await strikes[kind]!(struck, pick);
  await waitFor('the cluster to be whole again', () => isWhole(struck), {
    limitMs: wholeLimitMs,
    everyMs: 100,
  });
  return { what, beganAt, healedAt: Date.now() };
}

type Kind = 'workers' | 'gateways' | 'recorders';

/** A process that lives; one that has calls, where there are such: the end of another costs nobody anything. */
async function oneOf(bed: Testbed, kind: Kind, pick: number): Promise<ProcessStatus> {
  const processes = (await bed.registry())[kind].filter(isUp).sort((a, b) => a.pid - b.pid);
  const busy = processes.filter(({ sessions }) => sessions > 0);
  return chosen(busy.length > 0 ? busy : processes, pick);
}

async function killOne(bed: Testbed, kind: Kind, pick: number): Promise<string> {
  const { id, pid } = await oneOf(bed, kind, pick);
  process.kill(pid, 'SIGKILL');
  await waitFor(`the end of ${id}`, () => !lives(pid) || undefined);
  return id;
}

async function killed(member: Member): Promise<void> {
  member.kill('SIGKILL');
  await member.exited;
  // What kept it goes with it.
  await member.stop();
}

/** One after the other, as a rolling deployment does. */
async function restartEach(primaries: readonly Member[]): Promise<string> {
  for (const primary of primaries) {
    await primary.stop();
    await primary.start();
  }
  return primaries.map(({ name }) => name).join(', ');
}

/** Cuts half of the connections the voice service has, without a word. */
async function dropConnections(emulatorUrl: string): Promise<string> {
  const ask = async (what: string, init?: RequestInit) => {
    const answer = await fetch(`${emulatorUrl}/emulator/${what}`, init);
    return answer.json() as Promise<{ sessions: { live: number } }>;
  };
  const { sessions } = await ask('state');
  const times = Math.max(1, Math.ceil(sessions.live / 2));
  await ask('faults', { method: 'POST', body: JSON.stringify({ kind: 'close', code: 1006, times }) });
  await ask('faults', { method: 'DELETE' });
  return `${times} of ${sessions.live} connections`;
}

async function isWhole({ bed, processes }: Struck): Promise<true | undefined> {
  const status = await bed.registry();
  const all = (['workers', 'gateways', 'recorders'] as const).every(
    (kind) => status[kind].filter(isUp).length >= processes[kind],
  );
  return all || undefined;
}

function isUp({ state, pid }: ProcessStatus): boolean {
  return state === 'up' && lives(pid);
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function away(what: keyof typeof awayMs, { isShort }: Struck): Promise<void> {
  return wait(awayMs[what][isShort ? 0 : 1]);
}

function chosen<T>(things: readonly T[], pick: number): T {
  const thing = things[Math.floor(pick * things.length)];
  if (thing === undefined) throw new Error('there is nothing to strike');
  return thing;
}
