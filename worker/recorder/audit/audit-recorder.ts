import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '@vjj/shared/config.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { acknowledge, type Batch } from '@vjj/shared/evidence/batch.ts';
import { type AuditEvent, parseEventLine } from '@vjj/shared/evidence/event.ts';
import { isKeyLine, type KeyRecord, keyRecordSchema } from '@vjj/shared/evidence/session-key.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter } from '@vjj/shared/metrics.ts';
import type { Redis } from 'ioredis';
import { CheckpointCopies } from './checkpoint-copies.ts';
import { openStore } from './open-store.ts';
import { whatToDo } from './postgres/what-to-do.ts';
import { Sealer } from './sealer.ts';
import { signingKey } from './signing-key.ts';
import type { AuditStore } from './store.ts';

const events = counter('vjj_audit_events_total', 'audit events by what became of them', ['outcome']);
const keyRecords = counter('vjj_audit_keys_total', 'keys of sessions by what became of them', ['outcome']);

/** A database that is away is asked again after this, and a batch that failed tried again. */
const againMs = 2000;

export interface AuditRecorderOptions {
  config: Readonly<Config>;
  /** Acknowledgements go there: the registry, not the queue. */
  redis: Redis;
  keys: Keys;
  log: Logger;
  /**
   * Told of each event of the type `escalation`, perhaps twice, and before it is stored: a store that takes nothing
   * must not keep help away. When it throws, the batch comes again.
   */
  onEscalation?: (event: AuditEvent) => Promise<void>;
}

/** The audit part of a recorder: batches in, durable, then acknowledged; and seals. */
export class AuditRecorder {
  readonly #store: AuditStore;
  readonly #sealer: Sealer;
  readonly #options: AuditRecorderOptions;
  /** Why nothing can be stored; not always is that the store. */
  #failure: Error | undefined;
  /** The last batch that failed. */
  #refused: Batch | undefined;
  #recovering: Promise<void> | undefined;
  readonly #closing = new AbortController();

  private constructor(store: AuditStore, sealer: Sealer, options: AuditRecorderOptions) {
    this.#store = store;
    this.#sealer = sealer;
    this.#options = options;
  }

  /** A database may be away. @throws when the folder or the key cannot be used */
  static async open(options: AuditRecorderOptions): Promise<AuditRecorder> {
    const { config, log } = options;
    const { key, source } = signingKey(config);
    if (source === 'local') {
      log.warn(
        { folder: config.LOCAL_KEY_DIR },
        'seals are signed with a key of this host; set AUDIT_SIGNING_KEY',
      );
    }
    const store = await openStore(config, (error) =>
      log.warn({ err: error.message }, 'a connection to the audit database was lost'),
    );
    const copies = new CheckpointCopies(config.AUDIT_CHECKPOINT_DIR, config.AUDIT_CHECKPOINT_URL, log);
    const sealer = new Sealer({ store, key, copies, periodMs: config.AUDIT_SEAL_PERIOD_MS, log });
    sealer.start();
    const recorder = new AuditRecorder(store, sealer, options);
    recorder.#recover();
    return recorder;
  }

  /** For `/status`. */
  get state(): string {
    return this.#failure === undefined ? 'ok' : `failing (${whyOf(this.#failure)})`;
  }

  get store(): AuditStore {
    return this.#store;
  }

  /** Resolves when all of the batch is durable and its worker may delete it. @throws to be given it again */
  async record(batch: Batch): Promise<void> {
    try {
      await this.#take(batch);
      this.#goesOn();
    } catch (error) {
      if (this.#failure === undefined)
        this.#options.log.error({ err: error }, 'audit events cannot be stored; their workers keep them');
      this.#failure = error as Error;
      this.#refused = batch;
      this.#recover();
      throw error;
    }
  }

  async #take(batch: Batch): Promise<void> {
    const { redis, keys } = this.#options;
    await this.#escalate(batch.lines);
    await this.#keep(batch);
    await acknowledge(redis, keys, batch);
  }

  #recover(): void {
    this.#recovering ??= this.#untilItGoesOn();
  }

  /**
   * Tries by itself what failed here: the queue may give that to another recorder, and nothing else to this one that
   * would show that the store takes it again.
   */
  async #untilItGoesOn(): Promise<void> {
    const { signal } = this.#closing;
    let told: string | undefined;
    while (!signal.aborted) {
      try {
        told = await this.#reachStore(told);
        if (told === undefined) {
          if (this.#refused !== undefined) await this.#take(this.#refused);
          this.#goesOn();
          break;
        }
      } catch (error) {
        this.#failure = error as Error;
      }
      await pause(againMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
    // In the same turn as it goes on: what fails next begins this anew.
    this.#recovering = undefined;
  }

  /**
   * @param told what was last told to be done about it
   * @returns the same from now on; undefined: it is there
   */
  async #reachStore(told: string | undefined): Promise<string | undefined> {
    try {
      await this.#store.reach();
      return undefined;
    } catch (error) {
      const todo = whatToDo(error as Error);
      if (todo !== told && !this.#closing.signal.aborted) {
        this.#options.log.error(
          { err: error },
          `the audit database cannot be used; it is tried again and again: ${todo}`,
        );
      }
      this.#failure = error as Error;
      return todo;
    }
  }

  #goesOn(): void {
    if (this.#failure !== undefined) this.#options.log.info('audit events are stored again');
    this.#failure = undefined;
    this.#refused = undefined;
  }

  async #keep(batch: Batch): Promise<void> {
    const { log } = this.#options;
    const lines: string[] = [];
    for (const line of batch.lines) {
      const record = isKeyLine(line) ? readKey(line) : undefined;
      // What only looks like a key is set aside with all else that is no event.
      if (record === undefined) lines.push(line);
      else keyRecords.inc({ outcome: await this.#store.keys.put(record) });
    }
    const { stored, duplicates, late, refused, conflicts } = await this.#store.append(lines);
    events.inc({ outcome: 'stored' }, stored);
    events.inc({ outcome: 'duplicate' }, duplicates);
    events.inc({ outcome: 'late' }, late);
    events.inc({ outcome: 'refused' }, refused);
    events.inc({ outcome: 'conflict' }, conflicts.length);
    const { segment, from, to } = batch;
    if (refused > 0) log.error({ segment, from, to, refused }, 'lines that are no events were set aside');
    for (const place of conflicts)
      log.error(place, 'two different events claim one place of a chain; both are kept');
  }

  async #escalate(lines: readonly string[]): Promise<void> {
    const { onEscalation } = this.#options;
    if (onEscalation === undefined) return;
    for (const line of lines) {
      // All others need not be parsed again.
      if (!line.includes('"type":"escalation"')) continue;
      const parsed = parseEventLine(line);
      if ('event' in parsed) await onEscalation(parsed.event);
    }
  }

  /** After the last batch. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#recovering;
    await this.#sealer.close();
    await this.#store.close();
  }
}

/** Of a host name with several addresses the message is empty. */
function whyOf(error: NodeJS.ErrnoException): string {
  return error.message || error.code || error.name;
}

function readKey(line: string): KeyRecord | undefined {
  try {
    return keyRecordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
