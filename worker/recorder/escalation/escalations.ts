import type { AuditEvent } from '@vjj/shared/evidence/event.ts';
import { payloads } from '@vjj/shared/evidence/event-types.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { JobProducer } from '../../src/queues/job-producer.ts';
import type { KeyStore } from '../audit/store.ts';
import { WordReader } from '../audit/words.ts';
import type { Escalation } from './escalation.ts';

export interface EscalationsOptions {
  queue: JobProducer;
  /** Wraps the keys of sessions; asked each time, since the first worker of a host may only be making it. */
  master: () => Buffer | undefined;
  log: Logger;
}

/**
 * Makes jobs of escalations that are on record: what the worker told has survived its death before anybody is called,
 * and the id of the job is the event's place, so that it is told once however often the event comes.
 */
export class Escalations {
  readonly #options: EscalationsOptions;

  constructor(options: EscalationsOptions) {
    this.#options = options;
  }

  /** @throws while the queue is away */
  async raise(event: AuditEvent, keys: KeyStore): Promise<void> {
    const { log, queue } = this.#options;
    const { session, tenant, agent, epoch, seq, at } = event;
    const read = payloads.escalation.safeParse(event.payload);
    if (!read.success) {
      log.error({ session, epoch, seq }, 'an escalation on record cannot be read; nobody was told of it');
      return;
    }
    const { decision, reasonCodes, severity } = read.data;
    const id = `${session}_${epoch}_${seq}`;
    const context = await this.#context(event, keys);
    const job: Escalation = {
      ...{ v: 1, id, session, tenant, agent, at, decision, reasonCodes, severity, context },
    };
    await queue.add([{ id, data: job }]);
  }

  /** Nothing, when the key is gone: a person must be told all the same. */
  async #context(event: AuditEvent, keys: KeyStore): Promise<Escalation['context']> {
    const words = await new WordReader(keys, this.#options.master()).read(event);
    if (words !== undefined && 'personal' in words) return words.personal.context ?? [];
    const { session, epoch, seq } = event;
    this.#options.log.error(
      { session, epoch, seq },
      'the words of an escalation cannot be opened; it is told without them',
    );
    return [];
  }
}
