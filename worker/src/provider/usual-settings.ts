import { VjjError } from '@vjj/shared/errors.ts';
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import type { OpenedRealtime } from './openai-connection.ts';

/** A service that has not confirmed settings by then will not. */
const confirmLimitMs = 5000;

/**
 * The settings of the calls there are. Connections that wait are given those of the last call, so that the next one, if
 * it wants the same, need not wait for the service to confirm them.
 */
export class UsualSettings {
  #update: string | undefined;

  /** @param update the `session.update` of a call, as it is sent */
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
    socket.send(update);
    let timer: NodeJS.Timeout | undefined;
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const fail = (detail: string) => reject(new VjjError('PROVIDER_UNREACHABLE', detail));
      timer = setTimeout(() => fail('the usual settings were not confirmed in time'), confirmLimitMs);
      socket.once('close', (code) => fail(`closed with ${code}`));
      socket.on('message', (data: Buffer) => {
        if (isAnswer(data)) resolve(data);
      });
    })
      .catch((error) => {
        opened.close();
        throw error;
      })
      .finally(() => {
        clearTimeout(timer);
        socket.removeAllListeners('message');
      });
    if (typeOf(answer) === 'session.updated') opened.prepared = { update, confirmation: answer };
  }
}

function isAnswer(data: Buffer): boolean {
  const type = typeOf(data);
  return type === 'session.updated' || type === 'error';
}

function typeOf(data: Buffer): RealtimeServerEvent['type'] | undefined {
  try {
    return (JSON.parse(data.toString()) as RealtimeServerEvent).type;
  } catch {
    return undefined;
  }
}
