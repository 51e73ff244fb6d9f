import { createHmac, type KeyObject } from 'node:crypto';

/**
 * Who a caller is in evidence: always the same for one fingerprint of one tenant, and nothing that could be
 * traced back without the secret. Without a fingerprint nobody but this one session.
 */
export function personId(
  secret: Buffer | KeyObject,
  tenant: string,
  fingerprint: string | undefined,
  session: string,
): string {
  if (fingerprint === undefined || fingerprint === '') return `anon:${session}`;
  // The length keeps `a` + `bc` apart from `ab` + `c`.
  const name = `${tenant.length}:${tenant}${fingerprint}`;
  return `p_${createHmac('sha256', secret).update(name).digest('base64url')}`;
}
