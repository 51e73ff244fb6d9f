import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import { LinkConnection } from '@vjj/shared/link/connection.ts';
import { encryptedServer } from '@vjj/shared/link/encryption.ts';
import { decodeClose, FrameKind, mayComeBack } from '@vjj/shared/link/frames.ts';
import { acceptLink } from '@vjj/shared/link/handshake.ts';
import { openRequestSchema } from '@vjj/shared/link/open-request.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Route } from './caller-output.ts';
import type { Hosted, WorkerCalls } from './calls.ts';
import { prepareLinkFolder } from './link-folder.ts';

export interface HostOptions {
  config: Readonly<Config>;
  log: Logger;
  /** The worker's id at this moment; undefined while it has none. */
  workerId: () => string | undefined;
  calls: WorkerCalls;
  /** Called before anything leaves for gateways. */
  beforeWrite: () => void;
}

/** Gateways ping a little more often. */
const beatMs = 1000;
/**
 * A gateway that asks for no sign of life for so many beats is gone, even if its socket is open (SIGSTOP, lost host).
 * Counted, not timed: after a pause of our own its questions are merely unread.
 */
const maxBeatsWithoutPing = 5;
/** The code of a WebSocket that broke without one; a gateway that is gone has broken all of its own. */
const brokenCode = 1006;

/** The links that gateways open to this worker, and the client connections on them. */
export class Host {
  readonly #options: HostOptions;
  readonly #links = new Set<LinkConnection>();
  readonly #servers: Server[] = [];
  readonly #beats = new Ticker(beatMs);

  constructor(options: HostOptions) {
    this.#options = options;
  }

  get linkCount(): number {
    return this.#links.size;
  }

  /** What was sent in this turn of the event loop leaves now. */
  flush(): void {
    for (const link of this.#links) link.flush();
  }

  /** Listens on a Unix socket that only this user may open. */
  async listenUnix(path: string): Promise<void> {
    await prepareLinkFolder(this.#options.config.LINK_DIR);
    await this.#listen(createServer(this.#onSocket), { path, exclusive: true });
    chmodSync(path, 0o600);
  }

  /**
   * Listens for gateways of other hosts; resolves to the port.
   * @throws when the address is none of this machine
   */
  async listenTcp(host: string, port: number): Promise<number> {
    const { config, log } = this.#options;
    const server = config.LINK_TLS
      ? createTlsServer(encryptedServer(config.LINK_SECRET), this.#onSocket)
      : createServer(this.#onSocket);
    server.on('tlsClientError', (error: Error) => log.warn({ err: error.message }, 'a link was refused'));
    await this.#listen(server, { port, host, exclusive: true });
    return portOf(server);
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const link of this.#links) link.close();
  }

  readonly #onSocket = (socket: Socket): void => void this.#onConnection(socket);

  async #listen(server: Server, where: Parameters<Server['listen']>[0] & object): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, resolve);
    });
    this.#servers.push(server);
  }

  async #onConnection(socket: Socket): Promise<void> {
    const { config, log, workerId } = this.#options;
    const id = workerId();
    try {
      if (id === undefined) throw new Error('this worker has no lease yet');
      await acceptLink(socket, config.LINK_SECRET, id);
    } catch (error) {
      socket.on('error', () => undefined);
      socket.destroy();
      // Whoever says nothing only looks whether somebody is there, as a worker of this host does when it starts.
      const isOnlyLooking = id !== undefined && socket.bytesRead === 0;
      log[isOnlyLooking ? 'debug' : 'warn']({ err: (error as Error).message }, 'a link was refused');
      return;
    }
    this.#serveLink(socket, id);
  }

  #serveLink(socket: Socket, workerId: string): void {
    const { log } = this.#options;
    const streams = new Map<number, Hosted>();
    let beatsWithoutPing = 0;
    const onLeft = (number: number, code: number) => {
      const hosted = streams.get(number);
      streams.delete(number);
      if (mayComeBack(code)) hosted?.session.detach();
      else hosted?.session.end();
    };
    const onBeat = () => {
      if (++beatsWithoutPing > maxBeatsWithoutPing) link.close(new Error('the gateway asks no more'));
    };
    const link: LinkConnection = new LinkConnection(
      socket,
      (kind, stream, number, payload) => {
        switch (kind) {
          case FrameKind.text:
          case FrameKind.audio:
            this.#onCallerFrame(streams.get(stream), payload, kind === FrameKind.audio, number);
            break;
          case FrameKind.open:
            this.#open(link, streams, stream, payload, workerId);
            break;
          case FrameKind.close:
            onLeft(stream, decodeClose(payload).code);
            break;
          case FrameKind.ping:
            beatsWithoutPing = 0;
            link.send(FrameKind.pong, 0, number);
            break;
          default:
            break;
        }
      },
      (error) => {
        this.#links.delete(link);
        this.#beats.remove(onBeat);
        log.info({ err: error?.message, sessions: streams.size }, 'a gateway closed its link');
        for (const stream of [...streams.keys()]) onLeft(stream, brokenCode);
      },
      { beforeWrite: this.#options.beforeWrite },
    );
    this.#links.add(link);
    this.#beats.add(onBeat);
    log.info({ links: this.#links.size }, 'a gateway opened a link');
  }

  /** A frame that breaks its own call must not break the others of the link. */
  #onCallerFrame(hosted: Hosted | undefined, payload: Buffer, isBinary: boolean, number: number): void {
    try {
      hosted?.session.onFrame(payload, isBinary, number);
    } catch (error) {
      this.#options.log.error(
        { session: hosted?.id, err: error },
        'a frame could not be dealt with; ending its call',
      );
      hosted?.session.fail('INTERNAL');
    }
  }

  #open(
    link: LinkConnection,
    streams: Map<number, Hosted>,
    stream: number,
    payload: Buffer,
    workerId: string,
  ): void {
    const request = openRequestSchema.safeParse(parseJson(payload));
    if (!request.success || streams.has(stream)) {
      link.close(new Error('an open frame that makes no sense'));
      return;
    }
    const route: Route = {
      send: (kind, number, body) => link.send(kind, stream, number, body),
      end: () => streams.delete(stream),
    };
    const hosted = this.#options.calls.open(request.data, route, workerId);
    if (hosted?.session.isReachedBy(route)) streams.set(stream, hosted);
  }
}

/** The port a server listens on; 0 when it has none. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}
