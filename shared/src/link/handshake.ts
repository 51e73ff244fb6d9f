import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';

/**
 * Mutual proof that both ends know `LINK_SECRET`, before any frame:
 *
 *   worker  → magic, nonce (32)
 *   gateway → magic, nonce (32), proof (32)
 *   worker  → proof (32), u16 length, its id
 *
 * A proof covers the role, both nonces and, for the worker, its id, so that neither side's proof can be
 * sent back to it and a gateway knows that it met the incarnation it was looking for.
 */
const magic = Buffer.from('vjj-link-1\n');
const nonceBytes = 32;
const proofBytes = 32;
/** Longer than two round trips between hosts need; a stranger may hold a socket no longer than this. */
const handshakeTimeoutMs = 3000;

export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

function proof(secret: string, role: string, first: Buffer, second: Buffer, id = ''): Buffer {
  return createHmac('sha256', secret).update(role).update(first).update(second).update(id).digest();
}

/** Reads exact byte counts from a socket that is not flowing yet. */
class ExactReader {
  readonly #socket: Socket;
  #waiting: (() => void) | undefined;
  #failure: Error | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('readable', this.#wake).on('end', this.#ended).on('close', this.#ended).on('error', this.#fail);
    this.#timer = setTimeout(() => this.#fail(new HandshakeError('no answer in time')), handshakeTimeoutMs);
  }

  readonly #wake = (): void => this.#waiting?.();
  readonly #ended = (): void => this.#fail(new HandshakeError('the peer hung up'));
  readonly #fail = (error: Error): void => {
    this.#failure ??= error;
    this.#wake();
  };

  async read(bytes: number): Promise<Buffer> {
    for (;;) {
      const chunk = this.#socket.read(bytes) as Buffer | null;
      if (chunk?.length === bytes) return chunk;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
      this.#waiting = undefined;
    }
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#socket
      .off('readable', this.#wake)
      .off('end', this.#ended)
      .off('close', this.#ended)
      .off('error', this.#fail);
  }
}

async function expectMagic(reader: ExactReader): Promise<void> {
  const got = await reader.read(magic.length);
  if (!got.equals(magic)) throw new HandshakeError('the peer does not speak the link protocol');
}

/** The worker's side. @throws {HandshakeError} a stranger, or nobody; the socket must be destroyed then. */
export async function acceptLink(socket: Socket, secret: string, id: string): Promise<void> {
  const reader = new ExactReader(socket);
  try {
    const ours = randomBytes(nonceBytes);
    socket.write(Buffer.concat([magic, ours]));
    await expectMagic(reader);
    const theirs = await reader.read(nonceBytes);
    const claimed = await reader.read(proofBytes);
    if (!timingSafeEqual(claimed, proof(secret, 'gateway', ours, theirs))) {
      throw new HandshakeError('the gateway does not know LINK_SECRET');
    }
    const name = Buffer.from(id);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(name.length);
    socket.write(Buffer.concat([proof(secret, 'worker', theirs, ours, id), length, name]));
  } finally {
    reader.release();
  }
}

/**
 * The gateway's side; resolves to the worker's id.
 * @throws {HandshakeError} a stranger, or nobody; the socket must be destroyed then.
 */
export async function openLink(socket: Socket, secret: string): Promise<string> {
  const reader = new ExactReader(socket);
  try {
    await expectMagic(reader);
    const theirs = await reader.read(nonceBytes);
    const ours = randomBytes(nonceBytes);
    socket.write(Buffer.concat([magic, ours, proof(secret, 'gateway', theirs, ours)]));
    const claimed = await reader.read(proofBytes);
    const length = (await reader.read(2)).readUInt16LE();
    if (length === 0) throw new HandshakeError('the worker has no name');
    const id = (await reader.read(length)).toString();
    if (!timingSafeEqual(claimed, proof(secret, 'worker', ours, theirs, id))) {
      throw new HandshakeError('the worker does not know LINK_SECRET');
    }
    return id;
  } finally {
    reader.release();
  }
}
