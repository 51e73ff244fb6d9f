import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../free-port.ts';

/** A way to a server that can swallow everything, as a broken network does: nobody is told. */
export interface BlackHole {
  /** Of the same scheme as the server's. */
  readonly url: string;
  /** From now on nothing gets through either way; connections stay open, and new ones are taken and not answered. */
  open(): void;
  /** What was under way arrives after all, as TCP sends it again. */
  close(): void;
  /** New connections get through; those there were stay silent for ever, as behind a firewall that was exchanged. */
  forget(): void;
  end(): void;
}

/** @param url of the server */
export async function blackHole(url: string): Promise<BlackHole> {
  const there = new URL(url);
  const port = await freePort();
  const sockets = new Set<Socket>();
  /** Their other half ended while nothing got through. */
  const orphans: Socket[] = [];
  let isOpen = false;

  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect({ host: there.hostname, port: Number(there.port) });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('data', (data) => {
        if (!other.write(data)) one.pause();
      });
      other.on('drain', () => {
        if (!isOpen) one.resume();
      });
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        if (isOpen) orphans.push(other);
        else other.destroy();
      });
    }
    if (isOpen) far.pause();
    else near.resume();
  });
  server.listen(port, '127.0.0.1');
  const each = (what: (socket: Socket) => void) => {
    for (const socket of sockets) what(socket);
  };
  return {
    url: `${there.protocol}//127.0.0.1:${port}`,
    open() {
      isOpen = true;
      each((socket) => socket.pause());
    },
    close() {
      isOpen = false;
      for (const orphan of orphans.splice(0)) orphan.destroy();
      each((socket) => socket.resume());
    },
    forget() {
      isOpen = false;
      for (const orphan of orphans.splice(0)) orphan.destroy();
    },
    end() {
      server.close();
      each((socket) => socket.destroy());
    },
  };
}
