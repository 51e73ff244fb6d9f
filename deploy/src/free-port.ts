import { createServer } from 'node:net';

/**
 * Below the range from which systems take the ports of outgoing connections, so that a port found free is not
 * gone again before its process listens.
 */
const firstPort = 15_000;
const lastPort = 31_999;
const ports = lastPort - firstPort + 1;
/** Processes whose ids are less than 400 apart begin at least 42 ports from each other. */
const stridePerPid = 1399;
let asked = 0;

/** Whether nothing listens on the port, on any of the addresses; an address this machine lacks counts as free. */
export async function isFree(port: number, addresses: readonly string[] = ['127.0.0.1']): Promise<boolean> {
  for (const address of addresses) if (!(await canListen(port, address))) return false;
  return true;
}

/**
 * A port of this machine on which nothing listens. Until somebody does, seconds may pass: this process gives it to no
 * one else, and others look elsewhere.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + ((process.pid * stridePerPid + asked++) % ports);
    if (await isFree(port)) return port;
  }
}

/** The first free port from `port` up. */
export async function nextFreePort(port: number, addresses: readonly string[]): Promise<number> {
  for (let next = port; next <= 65_535; next++) if (await isFree(next, addresses)) return next;
  throw new Error(`no port from ${port} up is free`);
}

function canListen(port: number, address: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(true);
      else reject(error);
    });
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
