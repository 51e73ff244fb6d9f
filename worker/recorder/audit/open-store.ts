import type { Config } from '@vjj/shared/config.ts';
import { FileStore } from './files/file-store.ts';
import { PostgresStore } from './postgres/postgres-store.ts';
import type { AuditStore } from './store.ts';

type StoreConfig = Pick<Config, 'AUDIT_DIR' | 'AUDIT_DATABASE_URL' | 'AUDIT_SEGMENT_BYTES'>;

/** The store that the environment names. @throws when it cannot be used */
export function openStore(config: StoreConfig, onError?: (error: Error) => void): Promise<AuditStore> {
  return config.AUDIT_DATABASE_URL === ''
    ? FileStore.open(config.AUDIT_DIR, config.AUDIT_SEGMENT_BYTES)
    : PostgresStore.open(config.AUDIT_DATABASE_URL, onError);
}
