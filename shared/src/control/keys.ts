/**
 * Every key in Redis. All begin with one hash tag per cluster, so that a script may touch any of them
 * together on Redis Cluster too.
 */
export function keysOf(cluster: string) {
  const prefix = `{${cluster}}`;
  return {
    /** zset: worker id by lease expiry (ms of Redis `TIME`). */
    workers: `${prefix}:workers`,
    /** zset: gateway id by lease expiry. */
    gateways: `${prefix}:gateways`,
    /** zset: recorder id by lease expiry. */
    recorders: `${prefix}:recorders`,
    /** zset: worker id by free slots; only workers that take new calls are in it. */
    free: `${prefix}:free`,
    /** hash of one process, `<prefix><id>`. */
    recordPrefix: `${prefix}:process:`,
    /** zset of one worker, `<prefix><id>`: session claimed for it but not yet open, by expiry. */
    reservedPrefix: `${prefix}:reserved:`,
    /** zset: calls that wait for a place, by their arrival (µs of Redis `TIME`). */
    waiting: `${prefix}:waiting`,
    /** zset: the same, by when a worker last asked for their turn (ms of Redis `TIME`). */
    waitingSeen: `${prefix}:waiting-seen`,
    /** hash of one session, `<prefix><session>`. */
    pinPrefix: `${prefix}:pin:`,
    /** hash `{owner, epoch}` of one session; while it waits for a place also `{waiting}`, its arrival. */
    pin: (session: string) => `${prefix}:pin:${session}`,
    /** hash `{epoch, at, data}`: what another worker needs to go on with the session. */
    journal: (session: string) => `${prefix}:journal:${session}`,
    /** string: a spoken line with its checksum, by hash of model, voice and text. */
    phrase: (hash: string) => `${prefix}:phrase:${hash}`,
    /** string: somebody is having that line spoken. */
    phraseClaim: (hash: string) => `${prefix}:phrase-claim:${hash}`,
    /** set: byte ranges `from-to` of a spill segment that the recorder has stored. */
    stored: (segment: string) => `${prefix}:stored:${segment}`,
    /** hash `{sessions, last}` of a tenant's caller, by person id. */
    caller: (tenant: string, user: string) => `${prefix}:caller:${tenant}:${user}`,
    /** string: Unix ms when a caller was forgotten; what happened before is not to be remembered. */
    forgotten: (tenant: string, user: string) => `${prefix}:forgotten:${tenant}:${user}`,
    /** hash: which knowledge is in force, JSON by tenant and agent. */
    knowledge: `${prefix}:knowledge`,
  } as const;
}
export type Keys = ReturnType<typeof keysOf>;
