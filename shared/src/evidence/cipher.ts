import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { RandomStock } from './random-stock.ts';

const ivBytes = 12;
const tagBytes = 16;
const ivs = new RandomStock(ivBytes);

/** 32 bytes. For what is sealed often as a `KeyObject`: taking in the bytes costs more than a transcript's encryption. */
export type SealingKey = Buffer | KeyObject;

/** AES-256-GCM: iv, ciphertext, tag. @param aad says what it is; elsewhere it does not open */
export function sealedBytes(plain: string | Buffer, key: SealingKey, aad: Buffer): Buffer {
  const iv = ivs.take();
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad);
  const start = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  cipher.final(); // GCM keeps nothing back
  return Buffer.concat([iv, start, cipher.getAuthTag()]);
}

/** @throws when key, bytes or place are not those they were sealed with */
export function openedBytes(bytes: Buffer, key: Buffer, aad: Buffer): Buffer {
  if (bytes.length < ivBytes + tagBytes) throw new Error('too short to be sealed');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(aad).setAuthTag(bytes.subarray(-tagBytes));
  const start = decipher.update(bytes.subarray(ivBytes, -tagBytes));
  return Buffer.concat([start, decipher.final()]);
}

/** The same as text: base64. */
export const encrypted = (plain: string | Buffer, key: SealingKey, aad: Buffer): string =>
  sealedBytes(plain, key, aad).toString('base64');

/** @throws as `openedBytes` */
export const decryptedBytes = (sealed: string, key: Buffer, aad: Buffer): Buffer =>
  openedBytes(Buffer.from(sealed, 'base64'), key, aad);
