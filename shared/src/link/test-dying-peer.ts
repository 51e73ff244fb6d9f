// A peer that says its last words a moment after it hears something, and is killed: `node test-dying-peer.ts <path of a socket>`.
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LinkConnection } from './connection.ts';
import { FrameKind } from './frames.ts';

const server = createServer((socket) => {
  const link = new LinkConnection(
    socket,
    async () => {
      await sleep(100);
      for (let number = 1; number <= 500; number++) link.send(FrameKind.text, 1, number, 'last words');
      await sleep(20);
      process.kill(process.pid, 'SIGKILL');
    },
    () => undefined,
  );
});
server.listen(process.argv[2], () => console.log('listening'));
