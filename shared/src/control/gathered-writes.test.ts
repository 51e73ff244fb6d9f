import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { gatherWrites, inOneWrite } from './gathered-writes.ts';

it('sends what is written in one turn together and in order, and nothing later than that', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = connect(port, '127.0.0.1');
  gatherWrites(socket);
  const [peer] = await accepted;
  await once(socket, 'connect');
  let received = '';
  peer.on('data', (data) => {
    received += data.toString();
  });
  socket.write('one ');
  socket.write(Buffer.from('two '));
  expect(socket.bytesWritten - socket.writableLength).toBe(0);
  expect(socket.writableLength).toBe(8);
  await nextTurn();
  expect(socket.writableLength).toBe(0);
  socket.end('three');
  await once(peer, 'end');
  expect(received).toBe('one two three');
  server.close();
});

it('sends what is sent together in one write, and lets go of the connection also when sending fails', () => {
  const written: string[] = [];
  const stream = new Writable({
    writev(chunks, done) {
      written.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
  const redis = { stream } as unknown as Redis;
  inOneWrite(redis, () => {
    stream.write('one ');
    stream.write('two');
  });
  expect(written).toEqual(['one two']);
  expect(() =>
    inOneWrite(redis, () => {
      throw new Error('not now');
    }),
  ).toThrow('not now');
  expect(stream.writableCorked).toBe(0);
});
