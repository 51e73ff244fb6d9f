import { type Cipheriv, createCipheriv, createDecipheriv, createSecretKey, hash } from 'node:crypto';

/**
 * Words of one chain as they are sealed: encrypt-then-MAC, AES-256-CTR and HMAC-SHA-256 cut to 16 bytes (RFC 2104), with
 * two keys drawn from the session's. One stream serves a whole chain, because to make a cipher costs the event
 * loop several times what a transcript's encryption does.
 *
 *   "s2." base64( offset (u32, big-endian)   ciphertext   tag (16 bytes) )
 *
 * The offset is where in the key stream this ciphertext begins, in bytes. A key has one stream, ever: with two of them
 * the same bytes would hide two texts.
 * The tag covers all of it and the place: elsewhere it does not open.
 */
const prefix = 's2.';
const headBytes = 4;
const tagBytes = 16;
const blockBytes = 16;
const hmacBlockBytes = 64;

/** The session's key is random and used for nothing else in this way, so that one hash draws two from it. */
function keysOf(sessionKey: Buffer): { encryption: Buffer; authentication: Buffer } {
  const both = hash('sha512', Buffer.concat([Buffer.from('vjj:sealed:2'), sessionKey]), 'buffer');
  return { encryption: both.subarray(0, 32), authentication: both.subarray(32) };
}

/** HMAC-SHA-256 by two plain hashes: an `Hmac` made for each text costs several times as much. */
class Authenticator {
  readonly #inner = Buffer.alloc(hmacBlockBytes, 0x36);
  readonly #outer = Buffer.alloc(hmacBlockBytes + 32, 0x5c);

  constructor(key: Buffer) {
    for (const [at, byte] of key.entries()) {
      this.#inner[at]! ^= byte;
      this.#outer[at]! ^= byte;
    }
  }

  tag(place: string, bytes: Buffer): Buffer {
    const said = hash('sha256', Buffer.concat([this.#inner, Buffer.from(`${place}\0`), bytes]), 'buffer');
    said.copy(this.#outer, hmacBlockBytes);
    return hash('sha256', this.#outer, 'buffer').subarray(0, tagBytes);
  }
}

export class SealingStream {
  /** Offset of the next. */
  readonly #head = Buffer.alloc(headBytes);
  readonly #cipher: Cipheriv;
  readonly #authenticator: Authenticator;

  /** @param sessionKey 32 bytes, of one chain only */
  constructor(sessionKey: Buffer) {
    const { encryption, authentication } = keysOf(sessionKey);
    // As a `KeyObject`: taking in the bytes costs ten times what the rest does.
    this.#cipher = createCipheriv('aes-256-ctr', createSecretKey(encryption), counterAt(0));
    this.#authenticator = new Authenticator(authentication);
  }

  /** @param place what and where it is; text without a zero byte */
  sealed(plain: string, place: string): string {
    const text = this.#cipher.update(plain, 'utf8');
    const bytes = Buffer.concat([this.#head, text]);
    this.#head.writeUInt32BE(this.#head.readUInt32BE() + text.length);
    return prefix + Buffer.concat([bytes, this.#authenticator.tag(place, bytes)]).toString('base64');
  }
}

/** Whether a sealed text is of such a stream. */
export const isOfStream = (sealed: string): boolean => sealed.startsWith(prefix);

/** @throws when key, bytes or place are not those it was sealed with */
export function openedFromStream(sealed: string, sessionKey: Buffer, place: string): Buffer {
  const all = Buffer.from(sealed.slice(prefix.length), 'base64');
  if (all.length < headBytes + tagBytes) throw new Error('too short to be sealed');
  const { encryption, authentication } = keysOf(sessionKey);
  const bytes = all.subarray(0, -tagBytes);
  if (!new Authenticator(authentication).tag(place, bytes).equals(all.subarray(-tagBytes))) {
    throw new Error('sealed with another key, at another place, or changed since');
  }
  const offset = bytes.readUInt32BE();
  const decipher = createDecipheriv('aes-256-ctr', encryption, counterAt(Math.floor(offset / blockBytes)));
  decipher.update(Buffer.alloc(offset % blockBytes));
  return decipher.update(bytes.subarray(headBytes));
}

function counterAt(block: number): Buffer {
  const counter = Buffer.alloc(blockBytes);
  counter.writeUInt32BE(block, blockBytes - 4);
  return counter;
}
