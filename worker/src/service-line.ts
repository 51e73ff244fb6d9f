import { type ErrorId, errorSpec, VjjError } from '@vjj/shared/errors.ts';
import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { CallAgent } from './call-agent.ts';
import { goLive, type Live, type LiveOptions } from './live.ts';
import { Renewal } from './renewal.ts';

/** One death brings many calls to the voice service at once; it may refuse some of them for a moment. */
const patientTries = 5;
const retryMs = 500;

export type ServiceLineOptions = Omit<LiveOptions, 'agent' | 'mode' | 'onError' | 'onClosed'>;

export interface ServiceLineEvents {
  /** The caller may have changed it meanwhile. */
  mode: () => VoiceMode;
  isOver: () => boolean;
  /**
   * Nobody speaks, and nothing waits for another connection: it may be replaced now.
   * @param isOverdue only speech that the service has noticed counts
   */
  isReplaceable: (isOverdue: boolean) => boolean;
  /** It is to be replaced, because the service will end it soon. */
  onDue: () => void;
  /** What is known of the caller, if that comes. */
  recall: () => Promise<string | undefined>;
  /** How the voice service was met. */
  onProvider: (health: 'ok' | ErrorId) => void;
  /** There is no connection to the voice service, and none to be had. */
  onFailed: (id: ErrorId) => void;
  /** The connection ended by itself. */
  onLost: (id: ErrorId) => void;
}

/** A call's connection to the voice service: made, again if need be, and replaced before the service ends it. */
export class ServiceLine {
  readonly #options: ServiceLineOptions;
  readonly #events: ServiceLineEvents;
  readonly #renewal: Renewal;
  /** What is known of the caller, once that has come; each connection is told. */
  #note: string | undefined;

  constructor(options: ServiceLineOptions, events: ServiceLineEvents) {
    this.#options = options;
    this.#events = events;
    this.#renewal = new Renewal(options.config.PROVIDER_RENEW_MS, {
      isQuiet: events.isReplaceable,
      renew: () => events.onDue(),
    });
  }

  /**
   * Connects the voice service; undefined when that failed or the caller has gone meanwhile.
   * @param isPatient a call that is being talked in is not given up at the first refusal
   */
  async connect(agent: CallAgent, isPatient: boolean): Promise<Live | undefined> {
    return this.#connect(agent, this.#events.recall(), isPatient ? patientTries : 1);
  }

  /** Goes on over another connection. @returns false: the call is over, also because there is none to be had */
  async renew(live: Live): Promise<boolean> {
    const { log } = this.#options;
    const { isOver, mode, onFailed, onProvider } = this.#events;
    for (let tries = 1; !isOver(); tries++) {
      try {
        await live.renew(mode());
        onProvider('ok');
        // The caller may have hung up meanwhile; a timer would be armed for nobody, and for ever.
        if (isOver()) {
          live.conversation.close();
          return false;
        }
        log.info('the call has another connection to the voice service');
        if (this.#note !== undefined) live.conversation.addNote(this.#note);
        this.#renewal.begin();
        return true;
      } catch (error) {
        const id = idOf(error);
        log.warn({ code: id, err: (error as Error).message }, 'no other connection to the voice service yet');
        onProvider(id);
        if (tries >= patientTries || !errorSpec(id).retry) {
          onFailed(id);
          return false;
        }
        await pause(retryMs * 2 ** (tries - 1));
      }
    }
    return false;
  }

  end(): void {
    this.#renewal.stop();
  }

  async #connect(
    agent: CallAgent,
    recalled: Promise<string | undefined>,
    triesLeft: number,
  ): Promise<Live | undefined> {
    const { log } = this.#options;
    const { isOver, mode, onFailed, onProvider } = this.#events;
    try {
      const live = await this.#goLive(agent, mode());
      onProvider('ok');
      if (isOver()) {
        live.conversation.close();
        return undefined;
      }
      this.#renewal.begin();
      void recalled.then((note) => {
        this.#note = note;
        if (note !== undefined && !isOver()) live.conversation.addNote(note);
      });
      return live;
    } catch (error) {
      const id = idOf(error);
      const err = (error as Error).message;
      if (triesLeft > 1 && !isOver() && errorSpec(id).retry) {
        log.warn({ code: id, err }, 'no voice service for a call that is not to be lost; again');
        await pause(retryMs);
        return this.#connect(agent, recalled, triesLeft - 1);
      }
      log.error({ code: id, err }, 'could not connect to the voice service');
      onProvider(id);
      onFailed(id);
      return undefined;
    }
  }

  async #goLive(agent: CallAgent, mode: VoiceMode): Promise<Live> {
    const { log, output } = this.#options;
    const { onLost, onProvider } = this.#events;
    const live = await goLive({
      ...this.#options,
      agent,
      mode,
      onError: (id, detail) => {
        log.warn({ code: id, err: detail }, 'the voice service reports an error');
        if (id !== 'PROVIDER_ERROR') onProvider(id);
        output.error(id);
      },
      onClosed: (id, detail) => {
        log.warn({ code: id, err: detail }, 'the conversation with the voice service ended');
        onProvider(id);
        onLost(id);
      },
    });
    const now = this.#events.mode();
    if (now !== mode) {
      live.listener.setMode(now);
      live.conversation.setVoiceMode(now);
    }
    return live;
  }
}

function idOf(error: unknown): ErrorId {
  return error instanceof VjjError ? error.id : 'INTERNAL';
}

/** Calls that were refused together must not come again together. */
async function pause(meanMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, meanMs * (0.5 + Math.random())));
}
