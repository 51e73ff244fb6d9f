import { existsSync, mkdirSync } from 'node:fs';
import { openRedis } from '@vjj/shared/control/open-redis.ts';
import { type Member, member } from './member.ts';
import { runProgram } from './run-program.ts';
import { findProgram, type SystemPackage } from './system-package.ts';

export const redisPackage: SystemPackage = {
  name: 'Redis',
  programs: ['redis-server', '/opt/homebrew/bin/redis-server', '/usr/local/bin/redis-server'],
  packages: { apt: 'redis-server', dnf: 'redis', apk: 'redis', brew: 'redis' },
  // The package starts a server of its own, now and at each boot; nobody asked for that one.
  async afterInstall() {
    const systemd = existsSync('/run/systemd/system');
    if (systemd) await runProgram('systemctl', ['disable', '--now', 'redis-server']);
    else await runProgram('service', ['redis-server', 'stop']);
  },
};

const answerLimitMs = 2000;

export interface RedisOptions {
  /** What is written survives in this folder. */
  folder: string;
  logFile: string;
  port: number;
  name?: string;
  /** Without it nobody is let in; replicas use it too. */
  password?: string;
  /** Further settings, as in redis.conf; several words of one are several strings. */
  settings?: Record<string, string | readonly string[]>;
}

/**
 * A Redis of our own on the loopback address. It keeps every write, and refuses new ones when memory is short
 * instead of throwing away what calls depend on.
 */
export function redisServer({
  folder,
  logFile,
  port,
  name = 'redis',
  password,
  settings: more = {},
}: RedisOptions): Member {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    'protected-mode': 'yes',
    dir: folder,
    appendonly: 'yes',
    save: '',
    'maxmemory-policy': 'noeviction',
    ...(password !== undefined && { requirepass: password, masterauth: password }),
    ...more,
  };
  mkdirSync(folder, { recursive: true });
  const args = Object.entries(settings).flatMap(([setting, value]) => [`--${setting}`, value].flat());
  return redisProgram({ name, args, port, logFile, password });
}

/** The program with these arguments, ready when it answers on the port. */
export function redisProgram({
  name,
  args,
  port,
  logFile,
  password = '',
}: Pick<RedisOptions, 'port' | 'logFile'> & {
  name: string;
  password?: string | undefined;
  args: readonly string[];
}): Member {
  return member({
    name,
    command: findProgram(redisPackage.programs) ?? 'redis-server',
    args,
    env: process.env,
    logFile,
    // Another one may answer on that port.
    isReady: async ({ pid }) =>
      (await redisInfo(`redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`)).includes(
        `process_id:${pid}\r`,
      ),
  });
}

/** Why the Redis at `url` cannot be used; undefined: it answers. */
export async function redisProblem(url: string): Promise<string | undefined> {
  try {
    await redisInfo(url);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What the server at `url` says of itself. @throws with the reason why it cannot be reached */
async function redisInfo(url: string): Promise<string> {
  const redis = openRedis(url, {
    lazyConnect: true,
    connectTimeout: answerLimitMs,
    commandTimeout: answerLimitMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The error of a connection says more than that of the command that waited for it.
  let reason: Error | undefined;
  redis.on('error', (error: Error) => {
    reason = error;
  });
  try {
    await redis.connect();
    return await redis.info('server');
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}
