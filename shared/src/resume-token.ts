import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const claimsSchema = z.object({
  session: z.uuid(),
  /** Which of the connections of the session it was handed out on, from 1. */
  generation: z.number().int().min(1),
  /** Where the session was then: the way there when Redis cannot be asked. */
  worker: z.string(),
  epoch: z.number().int().min(0),
});
export type ResumeClaims = z.infer<typeof claimsSchema>;

/** Signs and reads the tokens with which a caller comes back to a session; gateways and workers share the secret. */
export class ResumeTokens {
  readonly #key: KeyObject;

  /** @param linkSecret `LINK_SECRET`; the key is derived from it, so that neither says anything of the other */
  constructor(linkSecret: string) {
    this.#key = createSecretKey(createHmac('sha256', linkSecret).update('vjj resume token 1').digest());
  }

  sign(claims: ResumeClaims): string {
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${body}.${this.#signature(body).toString('base64url')}`;
  }

  /** What a token says; undefined: we did not write it. */
  read(token: string): ResumeClaims | undefined {
    const [body = '', signature = '', ...rest] = token.split('.');
    const given = Buffer.from(signature, 'base64url');
    const expected = this.#signature(body);
    if (rest.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected))
      return undefined;
    return claimsSchema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString())).data;
  }

  #signature(body: string): Buffer {
    return createHmac('sha256', this.#key).update(body).digest();
  }
}
