import { badKey } from './api-error.ts';
import { alphanumeric } from './ids.ts';
import type { SessionUpdate } from './realtime/session-config.ts';

/** A short-lived secret for browsers, and the session it was made for. */
export interface ClientSecret {
  value: string;
  /** Seconds since 1970. */
  expiresAt: number;
  session: SessionUpdate | undefined;
}

/** Who may come in. */
export class Keys {
  readonly #key: string | undefined;
  readonly #secrets = new Map<string, ClientSecret>();

  /** @param key  the only key accepted; absent: any that is not empty */
  constructor(key: string | undefined) {
    this.#key = key;
  }

  /** @throws {RequestError} 401 when the key is missing or wrong */
  check(key: string | undefined): ClientSecret | undefined {
    if (!key) throw badKey(undefined);
    if (key.startsWith('ek_')) {
      const secret = this.#secrets.get(key);
      if (!secret || secret.expiresAt * 1000 < Date.now()) throw badKey(key);
      return secret;
    }
    if (this.#key !== undefined && key !== this.#key) throw badKey(key);
    return undefined;
  }

  /** @param seconds  how long it may be used to connect */
  newSecret(seconds: number, session: SessionUpdate | undefined): ClientSecret {
    const now = Math.floor(Date.now() / 1000);
    for (const [value, secret] of this.#secrets) if (secret.expiresAt < now) this.#secrets.delete(value);
    const secret = { value: `ek_${alphanumeric(32)}`, expiresAt: now + seconds, session };
    this.#secrets.set(secret.value, secret);
    return secret;
  }
}

/** The bearer key of an HTTP request. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
}
