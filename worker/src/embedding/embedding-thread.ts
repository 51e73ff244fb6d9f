// Runs on a thread of its own: an embedding takes 10–20 ms of CPU, which no event loop with calls on it has to give.
import { parentPort } from 'node:worker_threads';
import { sentenceEncoder } from './sentence-encoder.ts';

/** What the thread is asked. */
export interface EmbeddingRequest {
  id: number;
  text: string;
  /** Unix ms after which nobody waits any more; undefined: somebody always does, and lets others go first. */
  until: number | undefined;
}

export interface EmbeddingAnswer {
  id: number;
  /** Undefined: too late. */
  vector: Float32Array | undefined;
}

const port = parentPort!;
const urgent: EmbeddingRequest[] = [];
const patient: EmbeddingRequest[] = [];
let isWorking = false;

const encode = sentenceEncoder();

port.on('message', (request: EmbeddingRequest) => {
  (request.until === undefined ? patient : urgent).push(request);
  if (!isWorking) void work();
});

async function work(): Promise<void> {
  isWorking = true;
  for (let request = next(); request !== undefined; request = next()) {
    const { id, text, until } = request;
    const isLate = until !== undefined && Date.now() > until;
    const vector = isLate ? undefined : await (await encode)(text);
    port.postMessage({ id, vector } satisfies EmbeddingAnswer);
    // What was asked meanwhile may be more urgent than what is next.
    await new Promise(setImmediate);
  }
  isWorking = false;
}

function next(): EmbeddingRequest | undefined {
  return urgent.shift() ?? patient.shift();
}
