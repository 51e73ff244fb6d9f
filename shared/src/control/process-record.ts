import { z } from 'zod';

export type Role = 'worker' | 'gateway' | 'recorder';
export type ProcessState = 'up' | 'draining';

const number = z.coerce.number();

/** What a process says of itself with every heartbeat, as it stands in its Redis hash. */
export const processRecordSchema = z.object({
  state: z.enum(['up', 'draining']),
  version: z.string(),
  pid: number,
  host: z.string(),
  /** Unix ms at which the process began. */
  startedAt: number,
  sessions: number.default(0),
  capacity: number.default(0),
  loopLagP95Ms: number,
  rssBytes: number,
  /** Live links to the other role. */
  links: number.default(0),
  /** Where its /health, /ready and /metrics are, `host:port`. */
  admin: z.string(),
  /** Workers: path of the Unix socket of the link, and the machine on which it can be reached. */
  linkPath: z.string().default(''),
  machine: z.string(),
  /** Workers: `host:port` of the link for other machines, or nothing. */
  linkAddress: z.string().default(''),
  /** Workers: the voice service as last met, `ok` or an id of the error table. */
  provider: z.string().default(''),
  /** Workers: `on`, `off` or `disabled`, and why. */
  laneA: z.string().default(''),
  /** Workers: knowledge added while calls run: `ok`, `disabled`, or what serves instead and why. */
  knowledge: z.string().default(''),
  /** Workers: connections to the voice service that wait for a caller. */
  warmConnections: number.default(0),
  /** Workers: what is switched on, by the names of the configuration, as JSON. */
  features: z.string().default(''),
  /** Workers: the last minutes, as `LatencyWindow` encodes them. */
  connect: z.string().default(''),
  ttfbResponse: z.string().default(''),
  ttfbAudio: z.string().default(''),
  /** Recorders: the queues as last seen, `QueueStatus[]` as JSON, or nothing. */
  queues: z.string().default(''),
  /** Recorders: `ok`, or why the audit trail takes nothing. */
  audit: z.string().default(''),
  /** Workers: `ok`, or how full the spill of evidence is. */
  evidence: z.string().default(''),
  /** Workers: calls that are pinned here and wait for a place. */
  waiting: number.default(0),
  /** Workers: why no more calls are taken; nothing while some are. */
  limitedBy: z.string().default(''),
});
export type ProcessRecord = z.infer<typeof processRecordSchema>;

/** What a process says of itself: what its role does not have it leaves out. */
export type NewProcessRecord = Partial<ProcessRecord> &
  Pick<
    ProcessRecord,
    'state' | 'version' | 'pid' | 'host' | 'startedAt' | 'loopLagP95Ms' | 'rssBytes' | 'admin' | 'machine'
  >;
