import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromaServer } from './chroma-server.ts';
import { freePort } from './free-port.ts';
import type { Member } from './member.ts';
import { shortTempFolder } from './temp-folder.ts';

/** A real Chroma for one test file, with nothing in it. */
export interface TestChroma extends AsyncDisposable {
  readonly url: string;
  readonly server: Member;
}

export async function startTestChroma(): Promise<TestChroma> {
  const folder = shortTempFolder();
  const port = await freePort();
  const server = chromaServer({ folder: join(folder, 'data'), logFile: join(folder, 'chroma.log'), port });
  await server.start();
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    async [Symbol.asyncDispose]() {
      server.kill('SIGCONT');
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
