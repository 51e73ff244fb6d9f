import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { LinkConnection } from './connection.ts';
import { encryptedClient, encryptedServer } from './encryption.ts';
import { FrameKind } from './frames.ts';
import { acceptLink, openLink } from './handshake.ts';

const secret = 'the secret of this test';
const open: { close(): void }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
});

async function socketPair(): Promise<[Socket, Socket]> {
  const server: Server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect(port, '127.0.0.1');
  const [socket] = await accepted;
  open.push(server, { close: () => client.destroy() }, { close: () => socket.destroy() });
  return [client, socket];
}

describe('the handshake', () => {
  it('lets in a gateway that knows the secret, and tells it the id of the worker', async () => {
    const [client, server] = await socketPair();
    const [id] = await Promise.all([openLink(client, secret), acceptLink(server, secret, 'worker:1')]);
    expect(id).toBe('worker:1');
  });

  it('refuses a gateway with another secret', async () => {
    const [client, server] = await socketPair();
    const accepted = acceptLink(server, secret, 'worker:1');
    openLink(client, 'not the secret of this test').catch(() => undefined);
    await expect(accepted).rejects.toThrow('does not know LINK_SECRET');
  });

  it('refuses a worker with another secret', async () => {
    const [client, server] = await socketPair();
    const opened = openLink(client, secret);
    // A worker that lets anyone in and answers with a proof made up of what it heard.
    server.write(Buffer.concat([Buffer.from('vjj-link-1\n'), Buffer.alloc(32, 7)]));
    await once(server, 'data');
    const id = Buffer.from('worker:1');
    server.write(Buffer.concat([Buffer.alloc(32, 9), Buffer.from([id.length, 0]), id]));
    await expect(opened).rejects.toThrow('does not know LINK_SECRET');
  });

  it.each([
    ['garbage', Buffer.alloc(200, 0xee)],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.padEnd(200))],
  ])('refuses %s', async (_name, bytes) => {
    const [client, server] = await socketPair();
    client.write(bytes);
    await expect(acceptLink(server, secret, 'worker:1')).rejects.toThrow('does not speak the link protocol');
  });

  it('gives up on a peer that hangs up half way', async () => {
    const [client, server] = await socketPair();
    client.end(Buffer.from('vjj-'));
    await expect(acceptLink(server, secret, 'worker:1')).rejects.toThrow('hung up');
  });

  it('refuses a recorded handshake that is played again', async () => {
    const recorded: Buffer[] = [];
    const [client, server] = await socketPair();
    const write = client.write.bind(client);
    client.write = ((bytes: Buffer) => {
      recorded.push(bytes);
      return write(bytes);
    }) as typeof client.write;
    await Promise.all([openLink(client, secret), acceptLink(server, secret, 'worker:1')]);
    const [thief, other] = await socketPair();
    for (const bytes of recorded) thief.write(bytes);
    await expect(acceptLink(other, secret, 'worker:1')).rejects.toThrow('does not know LINK_SECRET');
  });
});

describe('an encrypted link', () => {
  async function serve(): Promise<number> {
    const server = createTlsServer(encryptedServer(secret), (socket) =>
      acceptLink(socket, secret, 'worker:1').then(
        () =>
          new LinkConnection(
            socket,
            (...frame) => void arrived.push(frame[3].toString()),
            () => undefined,
          ),
        () => socket.destroy(),
      ),
    );
    server.on('tlsClientError', (error: Error) => refusals.push(error.message));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(server);
    return (server.address() as { port: number }).port;
  }
  const arrived: string[] = [];
  const refusals: string[] = [];
  afterEach(() => {
    arrived.length = 0;
    refusals.length = 0;
  });

  it('shows nobody on the way what it carries', async () => {
    const port = await serve();
    const seen: Buffer[] = [];
    const relay = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      near.on('data', (bytes) => seen.push(bytes)).pipe(far);
      far.on('data', (bytes) => seen.push(bytes)).pipe(near);
      open.push({ close: () => near.destroy() }, { close: () => far.destroy() });
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    open.push(relay);
    const socket = connectTls({
      ...{ host: '127.0.0.1', port: (relay.address() as { port: number }).port },
      ...encryptedClient(secret),
    });
    open.push({ close: () => socket.destroy() });
    expect(await openLink(socket, secret)).toBe('worker:1');
    new LinkConnection(
      socket,
      () => undefined,
      () => undefined,
    ).send(FrameKind.text, 1, 1, 'where is my platypus');
    await expect.poll(() => arrived).toEqual(['where is my platypus']);
    const bytes = Buffer.concat(seen);
    expect(bytes.length).toBeGreaterThan(200);
    for (const word of ['platypus', 'vjj-link-1', 'worker:1']) expect(bytes.includes(word)).toBe(false);
  });

  it.each([
    ['another secret', (port: number) => connectTls({ port, ...encryptedClient('another secret of 16') })],
    ['no encryption', (port: number) => connect(port, '127.0.0.1')],
  ])('is not opened by a peer with %s', async (_name, call) => {
    const socket = call(await serve());
    // Somebody must speak first, or both wait until the handshake is given up.
    socket.write(Buffer.alloc(64));
    open.push({ close: () => socket.destroy() });
    socket.on('error', () => undefined);
    await expect(openLink(socket, secret)).rejects.toThrow();
    expect(arrived).toEqual([]);
  });
});

describe('a link', () => {
  it('carries frames of any size in order, text and bytes alike', async () => {
    const [client, server] = await socketPair();
    const wanted = 400;
    const got: [number, number, number, string][] = [];
    const done = Promise.withResolvers<void>();
    new LinkConnection(
      server,
      (kind, stream, number, payload) => {
        got.push([kind, stream, number, payload.toString('latin1')]);
        if (got.length === wanted) done.resolve();
      },
      () => undefined,
    );
    const link = new LinkConnection(
      client,
      () => undefined,
      () => undefined,
    );
    const sent: typeof got = [];
    for (let i = 0; i < wanted; i++) {
      const text = String.fromCharCode(97 + (i % 26)).repeat((i * 997) % 70_000);
      const kind = i % 2 === 0 ? FrameKind.text : FrameKind.audio;
      sent.push([kind, i * 3, i, text]);
      link.send(kind, i * 3, i, i % 3 === 0 ? text : Buffer.from(text));
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    await done.promise;
    expect(got).toEqual(sent);
    await expect.poll(() => link.queuedBytes).toBe(0);
  });

  it('keeps letters beyond ASCII whole', async () => {
    const [client, server] = await socketPair();
    const text = Promise.withResolvers<string>();
    new LinkConnection(
      server,
      (_kind, _stream, _number, payload) => text.resolve(payload.toString()),
      () => undefined,
    );
    new LinkConnection(
      client,
      () => undefined,
      () => undefined,
    ).send(FrameKind.text, 1, 1, 'größer 電話 🎧');
    expect(await text.promise).toBe('größer 電話 🎧');
  });

  it.each([
    ['a frame longer than any can be', Buffer.from([0xff, 0xff, 0xff, 0x7f, 2])],
    ['a frame shorter than its header', Buffer.from([1, 0, 0, 0, 2])],
    ['a frame of an unknown kind', Buffer.from([9, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])('is closed by %s', async (_name, bytes) => {
    const [client, server] = await socketPair();
    const closed = Promise.withResolvers<Error | undefined>();
    new LinkConnection(server, () => undefined, closed.resolve);
    client.write(bytes);
    expect((await closed.promise)?.name).toBe('FrameError');
  });

  it('says once that it is closed when the peer is gone', async () => {
    const [client, server] = await socketPair();
    let closes = 0;
    const link = new LinkConnection(
      server,
      () => undefined,
      () => closes++,
    );
    client.destroy();
    await expect.poll(() => link.isClosed).toBe(true);
    link.send(FrameKind.text, 1, 1, 'nobody hears this');
    link.close();
    expect(closes).toBe(1);
  });

  it('carries at once what somebody waits for, with all that was sent before, however long it gathers', async () => {
    const [client, server] = await socketPair();
    const numbers: number[] = [];
    new LinkConnection(
      server,
      (_kind, _stream, number) => numbers.push(number),
      () => undefined,
    );
    const link = new LinkConnection(
      client,
      () => undefined,
      () => undefined,
      { gatherMs: 60_000 },
    );
    link.send(FrameKind.audio, 1, 1, Buffer.alloc(4800));
    await sleep(100);
    expect(numbers).toEqual([]);
    link.send(FrameKind.text, 1, 2, '{"type":"audio.commit"}');
    link.hurry();
    await expect.poll(() => numbers).toEqual([1, 2]);
    link.send(FrameKind.text, 1, 3, '{"type":"audio.stop"}');
    link.hurry();
    await expect.poll(() => numbers).toEqual([1, 2, 3]);
  });

  it('whose peer was killed carries its last words, though what is sent to it meanwhile arrives nowhere', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vjj-link-'));
    const path = join(folder, 'peer.sock');
    const peer = spawn(process.execPath, [join(import.meta.dirname, 'test-dying-peer.ts'), path]);
    open.push({ close: () => rmSync(folder, { recursive: true }) }, { close: () => peer.kill() });
    await once(peer.stdout, 'data');
    const socket = connect(path);
    await once(socket, 'connect');
    const numbers: number[] = [];
    const closed = Promise.withResolvers<Error | undefined>();
    const link = new LinkConnection(
      socket,
      (_kind, _stream, number) => numbers.push(number),
      closed.resolve,
      // The timer comes before what was received meanwhile is read.
      { gatherMs: 2 },
    );
    const busyFor = (ms: number) => {
      for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
    };
    const reader = createServer((other) => {
      other.on('data', () => {
        link.send(FrameKind.text, 1, 2, 'to nobody');
        busyFor(500);
      });
    });
    open.push(reader);
    reader.listen(join(folder, 'reader.sock'));
    await once(reader, 'listening');
    const other = connect(join(folder, 'reader.sock'));
    open.push({ close: () => other.destroy() });
    link.send(FrameKind.text, 1, 1, 'to the peer');
    await sleep(3);
    other.write('go');
    expect(String(await closed.promise)).toContain('EPIPE');
    expect(numbers).toHaveLength(500);
  });

  describe('whose peer has not taken 64 MiB', () => {
    const frame = Buffer.alloc(512 * 1024, 7);
    const held = 280;

    async function heldUp() {
      const [client, server] = await socketPair();
      let received = 0;
      new LinkConnection(
        server,
        () => received++,
        () => undefined,
      );
      server.pause();
      const closed = Promise.withResolvers<Error | undefined>();
      const link = new LinkConnection(client, () => undefined, closed.resolve);
      const send = () => link.send(FrameKind.audio, 1, 1, frame);
      for (let i = 0; i < held; i++) send();
      return { link, server, send, closed: closed.promise, received: () => received };
    }

    it('goes on when it only is slow', async () => {
      const { link, server, send, received } = await heldUp();
      const slowly = () => {
        server.pause();
        setTimeout(() => server.resume(), 5);
      };
      server.on('data', slowly).resume();
      for (let i = 0; i < 20; i++) {
        await sleep(200);
        send();
      }
      expect(link.queuedBytes).toBeGreaterThan(64 * 1024 * 1024);
      expect(link.isClosed).toBe(false);
      server.off('data', slowly).resume();
      await expect.poll(received, { timeout: 10_000 }).toBe(held + 20);
      expect(link.isClosed).toBe(false);
    });

    it('is given up when it takes nothing for three seconds', async () => {
      const { link, send, closed } = await heldUp();
      const timer = setInterval(send, 200);
      expect(String(await closed)).toContain('unsent on the link');
      clearInterval(timer);
      expect(link.isClosed).toBe(true);
    });

    it('is given up at once when it would fill the memory', async () => {
      const { link, send } = await heldUp();
      for (let i = held; i < 540; i++) send();
      expect(link.isClosed).toBe(true);
    });
  });
});
