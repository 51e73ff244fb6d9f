// Runs on a thread of its own: an embedding takes 10–20 ms of CPU, which no event loop with calls on it has to give.
import { parentPort } from 'node:worker_threads';
import type { EmbeddingAnswer, EmbeddingRequest } from './embedding-source.ts';
import { sentenceEncoder } from './sentence-encoder.ts';

const port = parentPort!;
const urgent: EmbeddingRequest[] = [];
const patient: EmbeddingRequest[] = [];
let isWorking = false;

const encode = await sentenceEncoder();

port.on('message', (request: EmbeddingRequest) => {
  (request.until === undefined ? patient : urgent).push(request);
  if (!isWorking) void work();
});

async function work(): Promise<void> {
  isWorking = true;
  for (let request = next(); request !== undefined; request = next()) {
    port.postMessage(await answer(request));
    // What was asked meanwhile may be more urgent than what is next.
    await new Promise(setImmediate);
  }
  isWorking = false;
}

function next(): EmbeddingRequest | undefined {
  return urgent.shift() ?? patient.shift();
}

async function answer({ id, text, until }: EmbeddingRequest): Promise<EmbeddingAnswer> {
  if (until !== undefined && Date.now() > until) return { type: 'embedding', id };
  try {
    return { type: 'embedding', id, vector: await encode(text) };
  } catch (error) {
    return { type: 'embedding', id, error: error instanceof Error ? error.message : String(error) };
  }
}
