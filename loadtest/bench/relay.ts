// The bare relay: `ws` in, `ws` out, nothing read, stock settings. What any system between caller and service costs
// at least. node relay.ts --provider ws://127.0.0.1:PORT [--port 0]
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { WebSocket, WebSocketServer } from 'ws';

const { values } = parseArgs({
  options: {
    provider: { type: 'string' },
    port: { type: 'string', default: '0' },
    tied: { type: 'boolean' },
  },
});
const provider = `${values.provider}/v1/realtime?model=gpt-realtime-2.1`;

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(values.port) });
server.on('connection', (caller) => {
  const service = new WebSocket(provider, { headers: { authorization: 'Bearer relay' } });
  const waiting: { data: Buffer; isBinary: boolean }[] = [];
  caller.on('message', (data: Buffer, isBinary) => {
    if (service.readyState === WebSocket.OPEN) service.send(data, { binary: isBinary });
    else waiting.push({ data, isBinary });
  });
  service.on('open', () => {
    for (const { data, isBinary } of waiting) service.send(data, { binary: isBinary });
  });
  service.on('message', (data, isBinary) => caller.send(data, { binary: isBinary }));
  caller.on('close', () => service.close());
  service.on('close', () => caller.close());
  caller.on('error', () => service.terminate());
  service.on('error', () => caller.terminate());
});
server.on('listening', () =>
  console.log(
    JSON.stringify({
      listening: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      pid: process.pid,
    }),
  ),
);
process.on('SIGTERM', () => process.exit(0));
if (values.tied) process.stdin.on('end', () => process.exit(0)).resume();
