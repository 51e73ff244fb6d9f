// A primary whose two children have it make embeddings; the thread is ended when one of them asks for 'end the thread'.
import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { createLog } from '@vjj/shared/log.ts';
import { Embedder } from './embedder.ts';
import { EmbeddingsOfPrimary } from './embeddings-of-primary.ts';
import { serveEmbeddings } from './serve-embeddings.ts';

if (cluster.isPrimary) {
  let thread: Worker | undefined;
  let threads = 0;
  subscribe('worker_threads', (message) => {
    thread = (message as { worker: Worker }).worker;
    threads++;
  });
  serveEmbeddings(createLog('test', 'silent'));
  cluster.on('message', (child, message: { type?: string; line?: string }) => {
    if (message.type === 'say') console.log(message.line);
    if (message.type === 'end the thread') void thread?.terminate();
    if (message.type === 'done') child.disconnect();
  });
  // Garbage from a child is nobody's question.
  cluster.on('online', (child) => child.send({ type: 'embedding', id: 999, vector: 'none' }));
  let left = 2;
  cluster.on('disconnect', () => {
    if (--left === 0) console.log(`threads: ${threads}`);
  });
  for (let i = 0; i < 2; i++) cluster.fork();
} else {
  const say = (line: string) => process.send!({ type: 'say', line });
  process.send!('garbage');
  process.send!({ type: 'embed' });
  const embedder = new Embedder(new EmbeddingsOfPrimary());
  const [vector] = await embedder.embedAll(['The rooms are quiet.']);
  say(`${vector instanceof Float32Array} ${vector!.length}`);
  if (cluster.worker!.id === 1) {
    const texts = Array.from({ length: 200 }, (_, index) => `text number ${index}`);
    const waiting = embedder.embedAll(texts, (done) => {
      if (done === 1) process.send!({ type: 'end the thread' });
    });
    await waiting.catch((error: Error) => say(error.message));
    let after: Float32Array[] | undefined;
    while (after === undefined) {
      await pause(100);
      after = await embedder.embed(['back again'], { deadlineMs: 3000 });
    }
    say(`after: ${after.length}`);
  }
  process.send!({ type: 'done' });
}
