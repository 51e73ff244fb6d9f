import { z } from 'zod';

export type Role = 'worker' | 'gateway';
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
  sessions: number,
  capacity: number,
  loopLagP95Ms: number,
  rssBytes: number,
  /** Live links to the other role. */
  links: number,
  /** Where its /health, /ready and /metrics are, `host:port`. */
  admin: z.string(),
  /** Workers: path of the Unix socket of the link, and the machine on which it can be reached. */
  linkPath: z.string(),
  machine: z.string(),
  /** Workers: `host:port` of the link for other machines, or nothing. */
  linkAddress: z.string(),
  /** Workers: the voice service as last met, `ok` or an id of the error table. */
  provider: z.string(),
  /** Workers: `on`, `off` or `disabled`, and why. */
  laneA: z.string(),
  /** Workers: connections to the voice service that wait for a caller. */
  warmConnections: number,
});
export type ProcessRecord = z.infer<typeof processRecordSchema>;
