import type { Testbed } from '../src/testbed.ts';
import { waitFor } from '../src/wait-for.ts';
import { isGone } from './scratch.ts';

/** A number the first living worker publishes; undefined when it does not. @param name with its labels, as it is written */
export async function workerMetric(bed: Testbed, name: string): Promise<number | undefined> {
  const { workers } = await bed.status();
  const living = workers.find(({ pid }) => !isGone(pid))!;
  const text = await (await fetch(`http://${living.admin}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

/** Resolves when every ready-made line of every agent can be played. */
export async function linesReady(bed: Testbed): Promise<void> {
  await waitFor(
    'the ready-made lines',
    async () => (await workerMetric(bed, 'vjj_phrases_missing')) === 0 || undefined,
    { limitMs: 30_000 },
  );
}
