import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Member } from './member.ts';
import { redisServer } from './redis-server.ts';
import { shortTempFolder } from './temp-folder.ts';

/** A real Redis for one test file, with nothing in it. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  readonly server: Member;
}

export async function startTestRedis(): Promise<TestRedis> {
  const folder = shortTempFolder();
  const port = await freePort();
  const server = redisServer({ folder, logFile: join(folder, 'redis.log'), port });
  await server.start();
  return {
    url: `redis://127.0.0.1:${port}`,
    server,
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
