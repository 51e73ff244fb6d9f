import { createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { portOf } from '../host.ts';
import { openAIConnections } from './openai-connect.ts';
import { ProviderLimits } from './provider-limits.ts';

it('a way to the service that takes connections and says nothing is given up in time', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const open = openAIConnections({
    ...{ apiKey: 'sk-test', model: 'gpt-realtime-2.1', transcriptionModel: 'gpt-transcribe' },
    ...{ baseUrl: `http://127.0.0.1:${portOf(server)}/v1`, connectTimeoutMs: 500 },
    limits: new ProviderLimits(),
  });
  await expect(open()).rejects.toThrow('handshake has timed out');
});
