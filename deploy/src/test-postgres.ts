import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import type { Member } from './member.ts';
import { postgresServer } from './postgres-server.ts';
import { shortTempFolder } from './temp-folder.ts';

/** A real PostgreSQL for one test file, with one empty database. */
export interface TestPostgres extends AsyncDisposable {
  readonly url: string;
  readonly server: Member;
}

export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = shortTempFolder();
  const port = await freePort();
  const server = await postgresServer({ folder, logFile: join(folder, 'postgres.log'), port });
  await server.start();
  return {
    url: `postgres://vjj@127.0.0.1:${port}/postgres`,
    server,
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
