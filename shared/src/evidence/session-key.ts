import { z } from 'zod';
import { decryptedBytes, encrypted, type SealingKey } from './cipher.ts';

/**
 * The key of a session's sealed fields on its way to the key store: a line of its own beside the events, no part
 * of the chain. Whoever erases a person destroys all keys stored for that `user`.
 *
 *   {"v":1,"kind":"key","session","epoch","user","tenant","wrapped"}
 *
 * `wrapped` is the key encrypted with the master key, bound to all other members.
 */
export const keyRecordSchema = z.looseObject({
  v: z.literal(1),
  kind: z.literal('key'),
  session: z.string().min(1),
  epoch: z.number().int().nonnegative(),
  user: z.string().min(1),
  tenant: z.string().min(1),
  wrapped: z.string(),
});
export type KeyRecord = z.infer<typeof keyRecordSchema>;

export const sessionKeyBytes = 32;

type Owner = Pick<KeyRecord, 'session' | 'epoch' | 'user' | 'tenant'>;

/** @param master 32 bytes, the fleet's */
export function wrapKey(key: Buffer, master: SealingKey, { session, epoch, user, tenant }: Owner): KeyRecord {
  const owner = { session, epoch, user, tenant };
  return { v: 1, kind: 'key', ...owner, wrapped: encrypted(key, master, aadOf(owner)) };
}

/** @throws when the master key is another one, or the record was changed */
export function unwrapKey(record: KeyRecord, master: Buffer): Buffer {
  return decryptedBytes(record.wrapped, master, aadOf(record));
}

/** A line of a spill is an event or a key record; told apart without parsing, since events are most of them. */
export function isKeyLine(line: string): boolean {
  return line.startsWith('{"v":1,"kind":"key"');
}

const aadOf = ({ session, epoch, user, tenant }: Owner) =>
  Buffer.from(`key:${JSON.stringify([session, epoch, user, tenant])}`);
