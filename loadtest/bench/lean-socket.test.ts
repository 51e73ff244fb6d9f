import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { LeanSocket } from './lean-socket.ts';
import { frameAt, Opcode, textFrame, WireFrame } from './wire-frame.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

/** A caller, and what it hears. */
function callerOf(port: number) {
  const heard: string[] = [];
  const socket = new LeanSocket(`ws://127.0.0.1:${port}/ws?a=1`, {
    onOpen: () => heard.push('open'),
    onMessage: (data, isBinary) =>
      heard.push(data.length > 1000 ? `${data.length} bytes` : `${isBinary ? 'binary' : 'text'} ${data}`),
    onError: (what) => heard.push(`error: ${what}`),
    onClosed: (code) => heard.push(`closed ${code}`),
  });
  ending.push(() => socket.terminate());
  return { socket, heard };
}

/** A server of the `ws` library that does this with who comes. */
async function serverOf(onCaller: (socket: WebSocket) => void): Promise<number> {
  const server = new WebSocketServer({ port: 0 });
  ending.push(() => server.close());
  server.on('connection', onCaller);
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

/** A server without the library. @param onAsked what it does with who comes; `accept` is the proof that it read the request */
async function rawServerOf(onAsked: (socket: Socket, accept: string) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request) => {
      const key = /^Sec-WebSocket-Key: (.+)\r$/m.exec(request.toString())?.[1];
      onAsked(
        socket,
        createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64'),
      );
    });
  });
  ending.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const acceptedWith = (accept: string) =>
  `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;

describe('the load driver’s WebSocket', () => {
  it.each([1, 125, 126, 65_535, 65_536, 300_000])(
    'carries messages of %i bytes both ways',
    async (length) => {
      const message = 'x'.repeat(length);
      const received: string[] = [];
      const port = await serverOf((caller) =>
        caller.on('message', (data, isBinary) => {
          received.push(
            `${isBinary} ${(data as Buffer).length} ${(data as Buffer).equals(Buffer.from(message))}`,
          );
          caller.send(data, { binary: isBinary });
        }),
      );
      const { socket, heard } = callerOf(port);
      await expect.poll(() => heard).toEqual(['open']);
      socket.send(textFrame(message));
      socket.send(new WireFrame(Opcode.binary, Buffer.from(message)).bytes);
      const said =
        length > 1000 ? [`${length} bytes`, `${length} bytes`] : [`text ${message}`, `binary ${message}`];
      await expect.poll(() => heard.slice(1)).toEqual(said);
      expect(received).toEqual([`false ${length} true`, `true ${length} true`]);
    },
  );

  it('answers pings, and closes with the code it is told, and with the one it was told', async () => {
    const server: string[] = [];
    const port = await serverOf((caller) => {
      caller.on('pong', (data) => server.push(`pong ${data}`));
      caller.on('close', (code) => server.push(`closed ${code}`));
      caller.on('message', (data) => {
        if (String(data) === 'go') caller.close(4016, 'go');
        else caller.close();
      });
      caller.ping('p');
    });
    const first = callerOf(port);
    await expect.poll(() => server).toEqual(['pong p']);
    first.socket.close(1000);
    await expect.poll(() => first.heard).toEqual(['open', 'closed 1000']);
    const second = callerOf(port);
    await expect.poll(() => second.heard).toEqual(['open']);
    second.socket.send(textFrame('go'));
    await expect.poll(() => second.heard).toEqual(['open', 'closed 4016']);
    const third = callerOf(port);
    await expect.poll(() => third.heard).toEqual(['open']);
    third.socket.send(textFrame('end'));
    await expect.poll(() => third.heard).toEqual(['open', 'closed 1005']);
    expect(server).toEqual([
      ...['pong p', 'closed 1000'],
      ...['pong p', 'closed 4016'],
      ...['pong p', 'closed 1000'],
    ]);
  });

  it('reads frames that come in pieces, and several at once', async () => {
    const port = await rawServerOf((caller, accept) => {
      const whole = Buffer.concat([
        Buffer.from(acceptedWith(accept)),
        ...['one', 'two', 'three'].map((text) => Buffer.from([0x81, text.length, ...Buffer.from(text)])),
      ]);
      const pieces = Array.from({ length: Math.ceil(whole.length / 7) }, (_, at) =>
        whole.subarray(at * 7, at * 7 + 7),
      );
      const timer = setInterval(() => {
        const piece = pieces.shift();
        if (piece === undefined) caller.destroy();
        else caller.write(piece);
      }, 1);
      caller.on('close', () => clearInterval(timer));
    });
    const { heard } = callerOf(port);
    await expect.poll(() => heard.at(-1)).toBe('closed 1006');
    expect(heard).toEqual(['open', 'text one', 'text two', 'text three', 'closed 1006']);
  });

  it.each([
    [
      'who refuses',
      () => 'HTTP/1.1 503 Service Unavailable\r\n\r\n',
      'Unexpected server response: HTTP/1.1 503 Service Unavailable',
    ],
    ['who has not read the request', () => acceptedWith('no'), 'Invalid Sec-WebSocket-Accept header'],
    [
      'who sends garbage',
      (accept: string) => `${acceptedWith(accept)}\x83\x01`,
      'a frame that begins with 83 1',
    ],
  ])('is an error with one %s', async (_, answer, what) => {
    const port = await rawServerOf((caller, accept) => caller.write(answer(accept), 'latin1'));
    const { heard } = callerOf(port);
    await expect.poll(() => heard.filter((one) => one !== 'open')).toEqual([`error: ${what}`, 'closed 1006']);
  });

  it('is an error where nobody listens', async () => {
    const port = await rawServerOf(() => undefined);
    for (const end of ending.splice(0)) end();
    const { heard } = callerOf(port);
    await expect.poll(() => heard).toEqual([`error: connect ECONNREFUSED 127.0.0.1:${port}`, 'closed 1006']);
  });

  it('changes a frame in place, as if it had been encoded anew', () => {
    const frame = new WireFrame(Opcode.text, Buffer.from('before'));
    frame.rewrite(2, 4, (payload) => payload.write('FO', 2));
    expect(frame.bytes).toEqual(textFrame('beFOre'));
    expect(frameAt(Buffer.from([0x81, 2, 0x61]), 0, 3)).toBeUndefined();
  });
});
