import cluster from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';
import { registry } from '../metrics.ts';

/**
 * All children of a primary share one port, so a scrape meets any of them; each must answer for all.
 * The child asks the primary, the primary collects from every child.
 */
const request = 'vjj:metrics?';
const answer = 'vjj:metrics!';
const timeoutMs = 4000;

interface Answer {
  kind: typeof answer;
  id: number;
  text: string;
}

/** In the primary: answers the children that ask. */
export function serveClusterMetrics(): void {
  const aggregator = new AggregatorRegistry();
  cluster.on('message', (child, message: { kind?: string; id?: number }) => {
    if (message.kind !== request) return;
    aggregator.clusterMetrics().then(
      (text) => child.isConnected() && child.send({ kind: answer, id: message.id, text }),
      () => undefined,
    );
  });
}

let nextId = 0;

/** In a child: the Prometheus text of all siblings, or of this process when the primary does not answer. */
export async function clusterMetricsText(): Promise<string> {
  if (!cluster.isWorker || !process.connected) return registry.metrics();
  const id = nextId++;
  const text = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => done(undefined), timeoutMs);
    const onMessage = (message: Answer) => {
      if (message.kind === answer && message.id === id) done(message.text);
    };
    const done = (found: string | undefined) => {
      clearTimeout(timer);
      process.off('message', onMessage);
      resolve(found);
    };
    process.on('message', onMessage);
    process.send?.({ kind: request, id });
  });
  return text ?? registry.metrics();
}

/** In a child: lets the primary collect this process's metrics. */
export function shareMetrics(): void {
  AggregatorRegistry.setRegistries([registry as Registry]);
  new AggregatorRegistry(); // listens for the primary's question as soon as one exists
}
