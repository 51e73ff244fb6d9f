import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Config } from '@vjj/shared/config.ts';
import { localKey, localKeyPath } from '@vjj/shared/evidence/local-key.ts';

type KeyConfig = Pick<Config, 'AUDIT_SIGNING_KEY' | 'LOCAL_KEY_DIR'>;

const localName = 'audit-signing';
/** What PKCS #8 puts before the 32 bytes of an Ed25519 key. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key that seals; made in `LOCAL_KEY_DIR` when none is given. @throws when it is no Ed25519 key */
export function signingKey(config: KeyConfig): { key: KeyObject; source: 'configured' | 'local' } {
  const given = config.AUDIT_SIGNING_KEY;
  if (given === '') {
    return { key: fromBytes(localKey(config.LOCAL_KEY_DIR, localName).bytes), source: 'local' };
  }
  if (!given.startsWith('-----')) {
    return { key: fromBytes(Buffer.from(given, 'base64')), source: 'configured' };
  }
  // In environment files line breaks are often written as \n.
  const key = createPrivateKey(given.replaceAll('\\n', '\n'));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('AUDIT_SIGNING_KEY is no Ed25519 key');
  return { key, source: 'configured' };
}

/** The public half of the key that seals here; undefined: none is given, and none was made. */
export function ownPublicKey(config: KeyConfig): KeyObject | undefined {
  const isThere =
    config.AUDIT_SIGNING_KEY !== '' || existsSync(localKeyPath(config.LOCAL_KEY_DIR, localName));
  return isThere ? createPublicKey(signingKey(config).key) : undefined;
}

const fromBytes = (bytes: Buffer): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8Head, bytes]), format: 'der', type: 'pkcs8' });
