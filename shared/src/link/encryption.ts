import { createHmac } from 'node:crypto';
import type { ConnectionOptions, TlsOptions } from 'node:tls';

/**
 * Links between hosts are encrypted with a key made of `LINK_SECRET`: TLS 1.3 without certificates, with keys for
 * each connection that the secret does not give away later. Who has another secret gets no connection at all; the
 * handshake inside still says which worker it is.
 */
const identity = 'vjj-link';
const oldestVersion = 'TLSv1.3';
/** As long as the handshake inside may take. */
const handshakeTimeoutMs = 3000;

function keyOf(secret: string): Buffer {
  return createHmac('sha256', secret).update('encryption of links').digest();
}

/** For `tls.createServer`. */
export function encryptedServer(secret: string): TlsOptions {
  const key = keyOf(secret);
  return {
    minVersion: oldestVersion,
    handshakeTimeout: handshakeTimeoutMs,
    pskCallback: (_, name) => (name === identity ? key : null),
  };
}

/** For `tls.connect`. */
export function encryptedClient(secret: string): ConnectionOptions {
  const key = keyOf(secret);
  return {
    minVersion: oldestVersion,
    pskCallback: () => ({ psk: key, identity }),
    // There are no names to compare; a server that shows a certificate is none of ours.
    checkServerIdentity: (_, certificate) =>
      certificate?.subject === undefined ? undefined : new Error('the peer shows a certificate'),
  };
}
