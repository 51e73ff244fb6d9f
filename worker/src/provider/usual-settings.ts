import { VjjError } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import type { OpenedRealtime } from './openai-connection.ts';

/** A service that has not confirmed settings by then will not. */
const confirmLimitMs = 5000;
/** Of the event that gives them, so that an error can be told to be its answer. */
const eventId = 'usual_settings';

/**
 * The settings of the calls there are. Connections that wait are given those of the last call, so that the next one, if
 * it wants the same, need not wait for the service to confirm them.
 */
export class UsualSettings {
  readonly #log: Logger;
  #update: string | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The service has taken them. @param update the `session.update` of a call, as it is sent */
  used(update: string): void {
    this.#update = update;
  }

  /**
   * Gives a connection that is to wait the usual settings. One that is refused them waits without.
   * @throws {VjjError} PROVIDER_UNREACHABLE: it is of no use
   */
  async give(opened: OpenedRealtime): Promise<void> {
    const update = this.#update;
    if (update === undefined) return;
    const { socket } = opened.realtime;
    socket.send(`{"event_id":"${eventId}",${update.slice(1)}`);
    let timer: NodeJS.Timeout | undefined;
    const confirmation = await new Promise<Buffer | undefined>((resolve, reject) => {
      const fail = (detail: string) => reject(new VjjError('PROVIDER_UNREACHABLE', detail));
      timer = setTimeout(() => fail('the usual settings were not confirmed in time'), confirmLimitMs);
      socket.once('close', (code) => fail(`closed with ${code}`));
      socket.on('message', (data: Buffer) => {
        const event = eventIn(data);
        if (event?.type === 'session.updated') resolve(data);
        if (event?.type !== 'error' || event.error.event_id !== eventId) return;
        this.#log.warn(
          { err: event.error.message },
          'the voice service refuses the settings of the last call',
        );
        resolve(undefined);
      });
    }).finally(() => {
      clearTimeout(timer);
      socket.removeAllListeners('message');
    });
    if (confirmation !== undefined) opened.prepared = { update, confirmation };
  }
}

function eventIn(data: Buffer): RealtimeServerEvent | undefined {
  try {
    return JSON.parse(data.toString()) as RealtimeServerEvent;
  } catch {
    return undefined;
  }
}
