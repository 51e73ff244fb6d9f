import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import type { Member } from './member.ts';
import { redisProgram, redisServer } from './redis-server.ts';
import { shortTempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';

/** A real master with a real replica under a real sentinel, for one test file. */
export interface TestSentinel extends AsyncDisposable {
  /** By way of the sentinel, and of another that is gone. */
  readonly url: string;
  /** The master at the start, and how to reach it directly. */
  readonly master: Member;
  readonly masterUrl: string;
}

const masterName = 'calls';
/** With signs that a URL must not hold as they are. */
const password = 'p@ss/of:the servers';
const sentinelPassword = 'of&the#sentinel';
/** A master that answers nothing for so long is replaced. */
const downAfterMs = 3000;

export async function startTestSentinel(): Promise<TestSentinel> {
  const folder = shortTempFolder();
  const [masterPort, replicaPort, sentinelPort, gonePort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const server = (name: string, port: number, settings: Record<string, string | readonly string[]>) =>
    redisServer({
      ...{ name, port, password, folder: join(folder, name), logFile: join(folder, `${name}.log`) },
      settings: { 'repl-diskless-sync-delay': '0', ...settings },
    });
  const master = server('master', masterPort, {});
  const replica = server('replica', replicaPort, { replicaof: ['127.0.0.1', String(masterPort)] });
  const settingsFile = join(folder, 'sentinel.conf');
  writeFileSync(
    settingsFile,
    `port ${sentinelPort}
bind 127.0.0.1
dir ${folder}
requirepass "${sentinelPassword}"
sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 1
sentinel auth-pass ${masterName} "${password}"
sentinel down-after-milliseconds ${masterName} ${downAfterMs}
sentinel failover-timeout ${masterName} 10000
`,
  );
  const sentinel = redisProgram({
    ...{ name: 'sentinel', port: sentinelPort, logFile: join(folder, 'sentinel.log') },
    password: sentinelPassword,
    args: [settingsFile, '--sentinel'],
  });
  const stop = async () => {
    for (const member of [sentinel, replica, master]) await member.stop(0);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await master.start();
    await replica.start();
    await holdsACopy(replicaPort);
    // Last: it asks a master for its replicas when it meets it, and then not again for ten seconds.
    await sentinel.start();
    await knowsTheReplica(sentinelPort);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `redis+sentinel://:${encodeURIComponent(password)}@127.0.0.1:${gonePort},127.0.0.1:${sentinelPort}/${masterName}?sentinelPassword=${encodeURIComponent(sentinelPassword)}`,
    master,
    masterUrl: `redis://:${encodeURIComponent(password)}@127.0.0.1:${masterPort}`,
    [Symbol.asyncDispose]: stop,
  };
}

async function holdsACopy(port: number): Promise<void> {
  await asked(port, password, 'a replica in step', async (redis) =>
    (await redis.info('replication')).includes('master_link_status:up'),
  );
}

async function knowsTheReplica(port: number): Promise<void> {
  await asked(port, sentinelPassword, 'a sentinel that knows the replica', async (redis) => {
    const replicas = (await redis.call('SENTINEL', 'REPLICAS', masterName)) as unknown[];
    return replicas.length === 1;
  });
}

async function asked(
  port: number,
  secret: string,
  what: string,
  ask: (redis: Redis) => Promise<boolean>,
): Promise<void> {
  const redis = new Redis(port, '127.0.0.1', { password: secret, enableReadyCheck: false });
  try {
    await waitFor(what, async () => (await ask(redis)) || undefined);
  } finally {
    redis.disconnect();
  }
}
