import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { chromaProblem, chromaServer } from '../src/chroma-server.ts';
import { freePort } from '../src/free-port.ts';
import { waitFor } from '../src/wait-for.ts';
import { isGone, scratchFolder } from './scratch.ts';

async function chroma(port?: number) {
  const folder = scratchFolder();
  const chosen = port ?? (await freePort());
  const server = chromaServer({
    folder: join(folder, 'data'),
    logFile: join(folder, 'chroma.log'),
    port: chosen,
  });
  onTestFinished(() => server.stop());
  return { server, port: chosen, url: `http://127.0.0.1:${chosen}` };
}

/** Chroma's own way of naming what is in it, so that the test needs no client. */
async function collections(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/v2/tenants/default_tenant/databases/default_database/collections`);
  const list = (await answer.json()) as { name: string }[];
  return list.map(({ name }) => name);
}

it('answers once it is started, and is gone once it is stopped', async () => {
  const { server, url } = await chroma();
  await server.start();
  expect(await chromaProblem(url)).toBeUndefined();
  const pid = server.pid!;
  await server.stop();
  expect(isGone(pid)).toBe(true);
  expect(await chromaProblem(url)).toContain('ECONNREFUSED');
});

it('knows what was written before it was killed', async () => {
  const { server, url } = await chroma();
  await server.start();
  await fetch(`${url}/api/v2/tenants/default_tenant/databases/default_database/collections`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'kept' }),
  });
  server.kill('SIGKILL');
  await server.exited;
  await server.start();
  expect(await collections(url)).toEqual(['kept']);
});

it('does not start where another one answers', async () => {
  const first = await chroma();
  await first.server.start();
  const second = await chroma(first.port);
  await expect(second.server.start()).rejects.toThrow(/chroma did not start/);
  expect(await chromaProblem(first.url)).toBeUndefined();
});

it('is told to be away when it is stopped in its tracks', async () => {
  const { server, url } = await chroma();
  await server.start();
  server.kill('SIGSTOP');
  expect(await chromaProblem(url)).toMatch(/timeout|aborted/i);
  server.kill('SIGCONT');
  await waitFor('an answer', async () => (await chromaProblem(url)) === undefined || undefined);
});
