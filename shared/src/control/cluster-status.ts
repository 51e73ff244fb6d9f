import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';
import { waitingKeptMs } from './pins.ts';
import { type ProcessRecord, processRecordSchema } from './process-record.ts';
import { Script } from './script.ts';

const script = new Script('cluster-status');

export interface ProcessStatus extends Omit<ProcessRecord, 'state'> {
  id: string;
  state: 'up' | 'draining' | 'lost';
  /** Milliseconds until the lease runs out; negative: since it ran out. */
  leaseMs: number;
}

export interface ClusterStatus {
  workers: ProcessStatus[];
  gateways: ProcessStatus[];
  recorders: ProcessStatus[];
  /** Calls that wait for a place. */
  waiting: number;
  /** Calls that would be taken at once, by the count that admission goes by; the records are older. */
  places: number;
}

type Row = [id: string, expiry: string, fields: string[]];

function statusOf(now: number, [id, expiry, fields]: Row): ProcessStatus | undefined {
  const hash: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) hash[fields[i]!] = fields[i + 1]!;
  const record = processRecordSchema.safeParse(hash);
  if (!record.success) return undefined;
  const leaseMs = Number(expiry) - now;
  return { id, ...record.data, state: leaseMs > 0 ? record.data.state : 'lost', leaseMs };
}

/** All processes of the cluster as they last spoke of themselves; a record that cannot be read is left out. */
export async function readClusterStatus(redis: Redis, keys: Keys): Promise<ClusterStatus> {
  const [now, workers, gateways, recorders, waiting, places] = (await script.run(
    redis,
    [keys.workers, keys.gateways, keys.recorders, keys.recordPrefix, keys.waitingSeen, keys.free],
    [waitingKeptMs],
  )) as [number, Row[], Row[], Row[], number, number];
  const read = (rows: Row[]) =>
    rows.map((row) => statusOf(now, row)).filter((status) => status !== undefined);
  return { workers: read(workers), gateways: read(gateways), recorders: read(recorders), waiting, places };
}
