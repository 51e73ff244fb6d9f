import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics of this process; names are `vjj_<what>_<unit>`. */
export const registry = new Registry();

/** Buckets that tell 1 ms from 5 s, for anything a caller waits for. */
const waitBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5];

export function counter<L extends string = never>(
  name: string,
  help: string,
  labelNames: L[] = [],
): Counter<L> {
  return new Counter({ name, help, labelNames, registers: [registry] });
}

export function gauge<L extends string = never>(name: string, help: string, labelNames: L[] = []): Gauge<L> {
  return new Gauge({ name, help, labelNames, registers: [registry] });
}

/** The greatest value since the last scrape, of all siblings; the function returned takes note of one. */
export function peak(name: string, help: string): (value: number) => void {
  let most = 0;
  new Gauge({
    name,
    help,
    aggregator: 'max',
    registers: [registry],
    collect() {
      this.set(most);
      most = 0;
    },
  });
  return (value) => {
    if (value > most) most = value;
  };
}

/** A histogram of seconds. */
export function seconds<L extends string = never>(
  name: string,
  help: string,
  labelNames: L[] = [],
): Histogram<L> {
  return new Histogram({ name, help, labelNames, buckets: waitBuckets, registers: [registry] });
}

/** Buckets that tell a second from ten minutes, for what callers wait for in a queue. */
const longBuckets = [1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600];

/** A histogram of seconds that may be minutes. */
export function longSeconds(name: string, help: string): Histogram {
  return new Histogram({ name, help, buckets: longBuckets, registers: [registry] });
}

/** Buckets that tell 5 µs from 5 ms, for what is done on the event loop again and again. */
const workBuckets = [
  5e-6, 10e-6, 15e-6, 20e-6, 30e-6, 40e-6, 50e-6, 75e-6, 100e-6, 150e-6, 250e-6, 500e-6, 1e-3, 5e-3,
];

/** A histogram of seconds of which a few millionths matter; to observe one costs a fifth of a millionth. */
export function workSeconds(name: string, help: string): Histogram {
  return new Histogram({ name, help, buckets: workBuckets, registers: [registry] });
}

/** Adds CPU, memory and event-loop figures of the process. */
export function collectProcessMetrics(): void {
  collectDefaultMetrics({ register: registry, prefix: 'vjj_' });
}
