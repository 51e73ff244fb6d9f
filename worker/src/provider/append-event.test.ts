import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { sendAudio } from './append-event.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A service that reads when it is told to. */
async function service(generateMask?: (mask: Buffer) => void) {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server = new WebSocketServer({ server: http });
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const client = new WebSocket(url, {
    perMessageDeflate: false,
    ...(generateMask === undefined ? {} : { generateMask }),
  });
  await once(client, 'open');
  const [there] = await accepted;
  ends.push(() => {
    client.terminate();
    server.close();
    http.close();
  });
  return { client, there };
}

it.each([
  ['with a mask of zeros', (mask: Buffer) => void mask.fill(0)],
  ['with a mask by chance', undefined],
])(
  'what a service reads late is what was said, and the memory it was said in is not used before: %s',
  async (_, mask) => {
    const { client, there } = await service(mask);
    there.pause();
    // Far more than sockets hold, in pieces of all sizes: halves of a second of silence, short words, long ones.
    const said = Array.from({ length: 600 }, (_, i) =>
      Buffer.alloc([6400, 32_000, 24, 40_000][i % 4]!, i).toString('base64'),
    );
    const base64 = Buffer.allocUnsafe(64 * 1024);
    for (const one of said) sendAudio(client, base64.subarray(0, base64.write(one, 'latin1')));
    expect(client.bufferedAmount).toBeGreaterThan(1024 * 1024);
    const heard: string[] = [];
    there.on('message', (data: Buffer) => heard.push(data.toString()));
    there.resume();
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(said.length);
    for (const [i, text] of heard.entries())
      expect(JSON.parse(text)).toEqual({ type: 'input_audio_buffer.append', audio: said[i] });
  },
);
