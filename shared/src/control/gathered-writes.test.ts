import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { gatherWrites } from './gathered-writes.ts';

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
