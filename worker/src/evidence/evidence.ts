import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Config } from '@vjj/shared/config.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { auditMasterKey, identitySecret } from '@vjj/shared/evidence/local-key.ts';
import { RandomStock } from '@vjj/shared/evidence/random-stock.ts';
import { sessionKeyBytes, wrapKey } from '@vjj/shared/evidence/session-key.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import { JobProducer } from '../queues/job-producer.ts';
import { Recordings } from '../recording/recordings.ts';
import { CallEvidence } from './call-evidence.ts';
import { Chain } from './chain.ts';
import { personId } from './person.ts';
import { Shipper } from './shipper.ts';
import { Spill } from './spill.ts';
import { SpillFolder } from './spill-folder.ts';
import { SpillLevel } from './spill-level.ts';

export interface EvidenceOptions {
  config: Readonly<Config>;
  log: Logger;
  redis: Redis;
  keys: Keys;
}

/** Whose call it is. */
export interface Caller {
  session: string;
  epoch: number;
  /** Of a verified token, else `default`. */
  tenant: string;
  fingerprint: string | undefined;
  agent: string;
}

/** How long a process that leaves waits for the recorder; the next one on this host sends what is left. */
const closeLimitMs = 1500;
const sessionKeys = new RandomStock(sessionKeyBytes);

/** The evidence of a process: its keys, its spill, and the way to the recorder. */
export class Evidence {
  readonly #master: KeyObject;
  readonly #identity: KeyObject;
  readonly #spill: Spill;
  readonly #level: SpillLevel;
  readonly #shipper: Shipper;
  readonly #queue: JobProducer;
  readonly #recordings: Recordings | undefined;

  /** @throws when keys or folder cannot be read or made */
  constructor({ config, log, redis, keys }: EvidenceOptions) {
    const master = auditMasterKey(config);
    const identity = identitySecret(config);
    if (master.source === 'local' || identity.source === 'local') {
      log.warn(
        { folder: config.LOCAL_KEY_DIR },
        'AUDIT_MASTER_KEY or IDENTITY_SECRET is not set: keys of this host are used, without which nobody can read what was said. Set both in production',
      );
    }
    this.#master = createSecretKey(master.bytes);
    this.#identity = createSecretKey(identity.bytes);
    const folder = new SpillFolder(config.AUDIT_SPILL_DIR);
    this.#spill = new Spill({ folder, log });
    this.#level = new SpillLevel({
      folder,
      spill: this.#spill,
      maxBytes: config.AUDIT_SPILL_MAX_BYTES,
      log,
    });
    this.#recordings = Recordings.of(config, log);
    this.#queue = new JobProducer('audit', { url: config.REDIS_URL, cluster: config.CLUSTER_NAME, log });
    this.#shipper = new Shipper({ folder, spill: this.#spill, queue: this.#queue, redis, keys, log });
  }

  async start(): Promise<void> {
    await this.#level.start();
    await this.#recordings?.start();
    this.#shipper.start();
  }

  /** No new call may begin here: `EVIDENCE_FULL`. */
  get isFull(): boolean {
    return this.#level.isFull;
  }

  /** Calls must end: what they do can no longer be kept even in memory. */
  get isExhausted(): boolean {
    return this.#spill.isExhausted;
  }

  /** For `/status`. */
  get status(): string {
    return this.#level.status;
  }

  /** Begins the chain of a call in this epoch. */
  call({ session, epoch, tenant, fingerprint, agent }: Caller): CallEvidence {
    const key = sessionKeys.take();
    const user = personId(this.#identity, tenant, fingerprint, session);
    const append = (line: string) => this.#spill.append(line);
    // Before the first event: nothing sealed is ever stored without its key.
    append(JSON.stringify(wrapKey(key, this.#master, { session, epoch, user, tenant })));
    const chain = new Chain({ session, tenant, user, agent, epoch }, key);
    const recording = this.#recordings?.begin({ session, epoch, tenant, user }, key);
    return new CallEvidence(chain, append, recording);
  }

  /** To be called before anything leaves for clients. */
  readonly flush = (): void => this.#spill.flush();

  async close(): Promise<void> {
    this.#level.close();
    this.#spill.flush();
    await Promise.all([this.#shipper.close(closeLimitMs), this.#recordings?.close()]);
    this.#spill.close();
    await this.#queue.close();
  }
}
