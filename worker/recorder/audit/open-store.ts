import type { Config } from '@vjj/shared/config.ts';
import { FileStore } from './files/file-store.ts';
import { PostgresStore } from './postgres/postgres-store.ts';
import type { AuditStore } from './store.ts';

type StoreConfig = Pick<Config, 'AUDIT_DIR' | 'AUDIT_DATABASE_URL' | 'AUDIT_SEGMENT_BYTES'>;

/** The store that the environment names; a database may be away. @throws when a folder cannot be used */
export async function openStore(config: StoreConfig, onError?: (error: Error) => void): Promise<AuditStore> {
  return config.AUDIT_DATABASE_URL === ''
    ? FileStore.open(config.AUDIT_DIR, config.AUDIT_SEGMENT_BYTES)
    : new PostgresStore(config.AUDIT_DATABASE_URL, onError);
}
