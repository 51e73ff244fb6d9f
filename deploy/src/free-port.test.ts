import { createServer, type Server } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, isFree, nextFreePort } from './free-port.ts';

async function listen(port: number, host: string): Promise<void> {
  const server: Server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
}

it('a port somebody listens on is not free, on whichever of the addresses that is', async () => {
  const port = await freePort();
  expect(await isFree(port, ['127.0.0.1', '::1'])).toBe(true);
  await listen(port, '0.0.0.0');
  expect(await isFree(port, ['127.0.0.1'])).toBe(false);
});

it('no port is given twice, whether or not somebody listens on it by then', async () => {
  const given = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(new Set(given).size).toBe(50);
});

it('the next free port passes over the taken ones', async () => {
  const port = await freePort();
  await listen(port, '127.0.0.1');
  expect(await nextFreePort(port, ['127.0.0.1'])).toBeGreaterThan(port);
});

it('an address this machine does not have keeps no port taken', async () => {
  expect(await isFree(await freePort(), ['192.0.2.1'])).toBe(true);
});
