import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError } from '../config.ts';

/** Where a secret came from: `local` is fit for one host only, and its owner should be told. */
export interface Secret {
  bytes: Buffer;
  source: 'configured' | 'local';
}

const localBytes = 32;

/** The key that wraps the keys of sessions. */
export function auditMasterKey(config: Pick<Config, 'AUDIT_MASTER_KEY' | 'LOCAL_KEY_DIR'>): Secret {
  if (config.AUDIT_MASTER_KEY !== '') return configured(Buffer.from(config.AUDIT_MASTER_KEY, 'base64'));
  return localKey(config.LOCAL_KEY_DIR, 'audit-master');
}

/** The key of the keyed hash that makes a person id of a fingerprint. */
export function identitySecret(config: Pick<Config, 'IDENTITY_SECRET' | 'LOCAL_KEY_DIR'>): Secret {
  if (config.IDENTITY_SECRET !== '') return configured(Buffer.from(config.IDENTITY_SECRET));
  return localKey(config.LOCAL_KEY_DIR, 'identity');
}

/** The same for an operator who means somebody known already: none is made, since it would name nobody. */
export function identitySecretHere(config: Pick<Config, 'IDENTITY_SECRET' | 'LOCAL_KEY_DIR'>): Buffer {
  const path = localKeyPath(config.LOCAL_KEY_DIR, 'identity');
  if (config.IDENTITY_SECRET === '' && !existsSync(path)) {
    throw new ConfigError([
      `IDENTITY_SECRET is not set and there is no ${path}, so nobody is known here by a fingerprint; set it as the workers have it, or name the person id (p_…)`,
    ]);
  }
  return identitySecret(config).bytes;
}

export const localKeyPath = (folder: string, name: string): string => join(folder, `${name}.key`);

const configured = (bytes: Buffer): Secret => ({ bytes, source: 'configured' });

/**
 * The key in `folder/<name>.key`, made when there is none. Any number of processes may ask at once: the file
 * appears whole, by link, and the first one stays.
 */
export function localKey(folder: string, name: string): Secret {
  const path = localKeyPath(folder, name);
  const read = () => {
    const bytes = Buffer.from(readFileSync(path, 'utf8'), 'base64');
    if (bytes.length !== localBytes) throw new Error(`${path} is no key of ${localBytes} bytes in base64`);
    return { bytes, source: 'local' } as const;
  };
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(unfinished, `${randomBytes(localBytes).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished, { force: true });
  }
  return read();
}
