import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { FileStore } from '../files/file-store.ts';
import { PostgresStore } from '../postgres/postgres-store.ts';
import type { AuditStore } from '../store.ts';

/** A place for one store, which may be opened more than once at a time. */
export interface StorePlace extends AsyncDisposable {
  /** Folder or URL. */
  readonly at: string;
  open(): Promise<AuditStore>;
}

export interface StoreKind extends AsyncDisposable {
  place(): Promise<StorePlace>;
}

/** A server with one empty database; only test files may import what starts it. */
interface Server extends AsyncDisposable {
  readonly url: string;
}

/** Both kinds, for `describe.each`. */
export const storeKinds = (
  startPostgres: () => Promise<Server>,
): [name: string, start: () => Promise<StoreKind>][] => [
  ['files', async () => ({ place: () => filePlace(), [Symbol.asyncDispose]: async () => {} })],
  ['PostgreSQL', async () => postgresKind(await startPostgres())],
];

export async function filePlace(segmentBytes = 1 << 20): Promise<StorePlace> {
  const folder = mkdtempSync(join(tmpdir(), 'vjj-audit-'));
  return opened(
    folder,
    () => FileStore.open(folder, segmentBytes),
    async () => {
      rmSync(folder, { recursive: true, force: true });
    },
  );
}

function postgresKind(server: Server): StoreKind {
  let databases = 0;
  return {
    async place() {
      const name = `audit_${databases++}`;
      const client = new Client({ connectionString: server.url });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      const url = server.url.replace(/[^/]+$/, name);
      return opened(
        url,
        () => PostgresStore.open(url),
        async () => {},
      );
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Closes what was opened. */
function opened(at: string, open: () => Promise<AuditStore>, remove: () => Promise<void>): StorePlace {
  const stores: AuditStore[] = [];
  return {
    at,
    async open() {
      const store = await open();
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close().catch(() => undefined);
      await remove();
    },
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
