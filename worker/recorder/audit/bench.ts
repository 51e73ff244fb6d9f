// node worker/recorder/audit/bench.ts [--events 20000] [--batch 200] [--url postgres://…]
// How many events a second one recorder stores durably, from batches as workers send them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FileStore } from './files/file-store.ts';
import { PostgresStore } from './postgres/postgres-store.ts';
import { SampleChain } from './test/sample-events.ts';
import { all } from './test/stores.ts';
import { verify } from './verify/verify.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    batch: { type: 'string', default: '200' },
    url: { type: 'string' },
    /** Of the disk that is to be measured; the system's temporary folder may be memory. */
    folder: { type: 'string', default: tmpdir() },
  },
});
const events = Number(values.events);
const batchSize = Number(values.batch);
/** Batches a recorder works on at once. */
const atOnce = 16;
const callsAtOnce = 200;

const folder = mkdtempSync(join(values.folder, 'vjj-bench-'));
const store =
  values.url === undefined ? await FileStore.open(folder, 64 << 20) : await PostgresStore.open(values.url);
try {
  const run = Date.now();
  const calls = Array.from({ length: callsAtOnce }, (_, i) => new SampleChain(`bench-${run}-${i}`));
  const lines = Array.from({ length: events }, (_, i) => calls[i % callsAtOnce]!.said('Where is my parcel?'));
  const batches = Array.from({ length: Math.ceil(events / batchSize) }, (_, i) =>
    lines.slice(i * batchSize, (i + 1) * batchSize),
  );
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const take = async () => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) await store.append(batch);
  };
  await Promise.all(Array.from({ length: atOnce }, take));
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuMs = (user + system) / 1000;
  const searchedAt = performance.now();
  const found = await all(store.find({ session: `bench-${run}-7` }));
  const searchMs = performance.now() - searchedAt;
  const verifiedAt = performance.now();
  const report = await verify(store, { keys: [] });
  const verifyMs = performance.now() - verifiedAt;
  console.log(
    JSON.stringify({
      store: values.url === undefined ? 'files' : 'postgres',
      events,
      batchSize,
      eventsPerSecond: Math.round(events / (ms / 1000)),
      eventsPerCpuSecond: Math.round(events / (cpuMs / 1000)),
      oneSession: { events: found.length, ms: Math.round(searchMs) },
      verify: {
        eventsPerSecond: Math.round(report.events / (verifyMs / 1000)),
        findings: report.findings.length,
      },
    }),
  );
} finally {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}
