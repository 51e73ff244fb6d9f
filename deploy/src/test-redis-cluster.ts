import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import type { Member } from './member.ts';
import { redisServer } from './redis-server.ts';
import { shortTempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';

/** A real Redis Cluster of three masters, for one test file. */
export interface TestRedisCluster extends AsyncDisposable {
  readonly url: string;
  /** Each by itself. */
  readonly nodes: readonly { url: string; server: Member }[];
}

const masters = 3;
const slots = 16_384;

export async function startTestRedisCluster(): Promise<TestRedisCluster> {
  const folder = shortTempFolder();
  const places = await Promise.all(
    // The second is where the nodes talk among themselves.
    Array.from({ length: masters }, async () => ({ port: await freePort(), busPort: await freePort() })),
  );
  const nodes = places.map(({ port, busPort }, i) =>
    redisServer({
      ...{ name: `node-${i}`, port, folder: join(folder, `${i}`), logFile: join(folder, `${i}.log`) },
      settings: { 'cluster-enabled': 'yes', 'cluster-port': String(busPort) },
    }),
  );
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop(0)));
    rmSync(folder, { recursive: true, force: true });
  };
  const clients: Redis[] = [];
  try {
    await Promise.all(nodes.map((node) => node.start()));
    clients.push(...places.map(({ port }) => new Redis(port, '127.0.0.1', { enableReadyCheck: false })));
    for (const [i, client] of clients.entries()) {
      const [first, beyond] = [i, i + 1].map((at) => Math.floor((at * slots) / masters)) as [number, number];
      await client.call('CLUSTER', 'ADDSLOTSRANGE', first, beyond - 1);
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    }
    for (const { port, busPort } of places.slice(1))
      await clients[0]!.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
    await Promise.all(clients.map((client) => waitFor('a whole cluster', () => isWhole(client))));
  } catch (error) {
    await stop();
    throw error;
  } finally {
    for (const client of clients) client.disconnect();
  }
  return {
    url: `redis+cluster://${places.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes: nodes.map((server, i) => ({ url: `redis://127.0.0.1:${places[i]!.port}`, server })),
    [Symbol.asyncDispose]: stop,
  };
}

async function isWhole(client: Redis): Promise<true | undefined> {
  const info = String(await client.call('CLUSTER', 'INFO'));
  return (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${masters}`)) || undefined;
}
