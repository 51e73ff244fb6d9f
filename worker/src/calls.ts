import { monotonicMs } from '@vjj/shared/clock.ts';
import { readJournal } from '@vjj/shared/control/journal.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import { claim, type Pin } from '@vjj/shared/control/pins.ts';
import type { OpenRequest, TakeoverInfo } from '@vjj/shared/link/open-request.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { seconds } from '@vjj/shared/metrics.ts';
import type { ResumeTokens } from '@vjj/shared/resume-token.ts';
import type { Redis } from 'ioredis';
import { CallerOutput, type Route, refuse, sendOn } from './caller-output.ts';
import { type JournalEntry, readEntry } from './journal/journal-entry.ts';
import type { Session } from './session.ts';
import type { SessionDependencies } from './session-dependencies.ts';

/** Redis may be away for a moment just then; the caller waits, and nothing is lost by asking again. */
const journalTries = 60;
const journalRetryMs = 300;

const gapSeconds = seconds(
  'vjj_takeover_gap_seconds',
  'from the loss of a worker until its caller is heard again',
);

/** So many calls that were left are remembered; their callers come back within `RESUME_GRACE_MS`. */
const mostLeft = 10_000;

/** A session of this worker, and the pin it has. */
export interface Hosted {
  readonly id: string;
  /** Another one when the worker has to register anew. */
  pin: Pin;
  readonly session: Session;
  /** When it got its place; undefined: it waits for one. */
  placedMs: number | undefined;
  /** It ends here, and not for its caller: pin and journal stay for them to come back to. */
  isLeftForCaller?: boolean;
}

export interface CallsOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  tokens: ResumeTokens;
  createSession: (
    hosted: { id: string; pin: Pin },
    connection: string,
    deps: Pick<SessionDependencies, 'output' | 'resumeToken' | 'onAdrift' | 'onChanged' | 'onEnd'>,
  ) => Session;
  /** Calls without a place. */
  room: { readonly size: number; add(hosted: Hosted, since: number): void; remove(hosted: Hosted): void };
  /** A call that had a place lasted that long. */
  onLasted: (ms: number) => void;
  onOpened: (hosted: Hosted) => void;
  onChanged: (hosted: Hosted) => void;
  /** How long a call that is to be left waits for its journal to be written (`DRAIN_TIMEOUT_MS`). */
  leaveLimitMs: number;
  /** Writes down all there is to say of a call; false: that cannot be done now. */
  write: (hosted: Hosted) => Promise<boolean>;
  onClosed: (hosted: Hosted) => void;
}

/** The calls of this worker: begun, taken over from a dead worker, come back to by their callers, and ended. */
export class WorkerCalls {
  readonly #options: CallsOptions;
  readonly #sessions = new Map<string, Hosted>();
  /** Epochs of calls that were left here, oldest first: whoever goes on with one does so under another. */
  readonly #left = new Map<string, number>();

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Those that have a place. */
  get placed(): number {
    return this.#sessions.size - this.#options.room.size;
  }

  all(): IterableIterator<Hosted> {
    return this.#sessions.values();
  }

  /** A client connection. @returns the session its frames belong to; undefined: it was refused */
  open(request: OpenRequest, route: Route, workerId: string): Hosted | undefined {
    const { resume, takeover } = request;
    const existing = this.#sessions.get(request.session);
    if (existing === undefined && this.#left.get(request.session) === request.epoch) {
      sendOn(route);
      return undefined;
    }
    if (resume !== undefined) return this.#comeBack(request, resume, route, workerId);
    if (takeover !== undefined) {
      if (existing === undefined) {
        // It ended here, or was left, while nobody could be told; whoever has it now has it at another epoch.
        if (!takeover.again) return this.#takeOver(request, takeover, route, workerId);
        sendOn(route);
        return undefined;
      }
      if (existing.session.isReachedOver(request.connection)) {
        existing.session.reattach(route, takeover);
        return existing;
      }
      // The caller has come back over a newer connection meanwhile.
      refuse(route, 'REPLACED', takeover.seq);
      return undefined;
    }
    if (existing !== undefined) {
      this.#options.log.warn({ session: request.session }, 'a new call with the id of another; refused');
      refuse(route, 'INTERNAL', 0);
      return undefined;
    }
    const hosted = this.#host(request, route, workerId);
    hosted.session.begin();
    return hosted;
  }

  /**
   * Leaves a call in good order: whatever worker has room, this one too, goes on with it from its journal. While Redis
   * does not take that, the call waits: nobody could claim it either. After `leaveLimitMs` it is left as after a death:
   * the next worker goes on from the last journal there is, and what the caller said since then is repeated to it.
   */
  async moveAway(hosted: Hosted): Promise<void> {
    const { leaveLimitMs, log, write } = this.#options;
    const deadlineMs = monotonicMs() + leaveLimitMs;
    hosted.session.awaitRestore(); // what the caller says from now on is for the next one
    while (!(await write(hosted))) {
      if (this.#sessions.get(hosted.id) !== hosted) return; // it is over, or another worker's
      if (monotonicMs() >= deadlineMs) {
        log.warn({ session: hosted.id }, 'a call is left without its newest journal');
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, journalRetryMs));
    }
    this.#leave(hosted, 'WORKER_LOST');
  }

  /**
   * Hands a call to another worker, which goes on with it from its journal; this one must not take calls any more.
   * `no_worker`: there is none, `unknown`: Redis does not say; the call goes on here.
   */
  async handOver(hosted: Hosted): Promise<'handed_over' | 'no_worker' | 'unknown'> {
    const { keys, log, redis, write } = this.#options;
    const { id, session } = hosted;
    const isPaused = session.pause(); // what the caller says from now on is for the next one
    let next: Awaited<ReturnType<typeof claim>> | undefined;
    try {
      const isWritten = await write(hosted);
      if (isWritten) next = await claim(redis, keys, id, { dead: hosted.pin, as: 'again' });
    } catch (error) {
      log.warn({ session: id, err: (error as Error).message }, 'a call could not be handed over yet');
    }
    if (typeof next === 'object') {
      log.info({ session: id, to: next.owner }, 'handed a call over');
      this.#leave(hosted, 'DRAINING');
      return 'handed_over';
    }
    if (isPaused) session.unpause();
    return next === 'no_worker' ? 'no_worker' : 'unknown';
  }

  /** Leaves a call to whatever worker its caller finds. */
  async abandon(hosted: Hosted): Promise<void> {
    await this.#options.write(hosted);
    this.#leave(hosted, 'DRAINING');
  }

  /** A waiting call is another worker's, perhaps because that one has a place. */
  goElsewhere(hosted: Hosted): void {
    this.#leave(hosted, 'DRAINING');
  }

  /** A waiting call has a place here. */
  place(hosted: Hosted): void {
    hosted.placedMs = monotonicMs();
    this.#options.log.info({ session: hosted.id }, 'a waiting call has a place');
    hosted.session.takePlace();
    this.#options.onOpened(hosted);
  }

  #leave(hosted: Hosted, why: 'WORKER_LOST' | 'DRAINING'): void {
    hosted.isLeftForCaller = true;
    this.#left.set(hosted.id, hosted.pin.epoch);
    if (this.#left.size > mostLeft) this.#left.delete(this.#left.keys().next().value!);
    hosted.session.letGo(why);
  }

  #host({ session: id, epoch, connection, waiting }: OpenRequest, route: Route, workerId: string): Hosted {
    const { createSession, onChanged, onClosed, onLasted, onOpened, room, tokens } = this.#options;
    const placedMs = waiting === undefined ? monotonicMs() : undefined;
    const place = { id, pin: { owner: workerId, epoch }, placedMs };
    const hosted: Hosted = Object.assign(place, {
      session: createSession(place, connection, {
        output: new CallerOutput(route),
        resumeToken: (generation) =>
          tokens.sign({ session: id, generation, worker: place.pin.owner, epoch: place.pin.epoch }),
        onChanged: () => onChanged(hosted),
        onAdrift: () => void this.moveAway(hosted),
        onEnd: () => {
          this.#sessions.delete(id);
          room.remove(hosted);
          if (hosted.placedMs !== undefined) onLasted(monotonicMs() - hosted.placedMs);
          onClosed(hosted);
        },
      }),
    });
    this.#sessions.set(id, hosted);
    if (waiting !== undefined) {
      hosted.session.awaitPlace();
      room.add(hosted, waiting);
    }
    onOpened(hosted);
    return hosted;
  }

  #takeOver(request: OpenRequest, takeover: TakeoverInfo, route: Route, workerId: string): Hosted {
    const openedMs = monotonicMs();
    const hosted = this.#host(request, route, workerId);
    const { session } = hosted;
    const log = this.#options.log.child({ session: hosted.id, epoch: hosted.pin.epoch });
    session.awaitRestore();
    const restore = async () => {
      const entry = await this.#journalOf(hosted.id);
      if (entry === undefined) {
        if (takeover.firstFrame > 1) throw new Error('it left no journal');
        session.beginAgain(takeover, monotonicMs() - openedMs);
        return;
      }
      await session.restore(
        {
          entry,
          cause: takeover.cause,
          seq: takeover.seq,
          connection: request.connection,
          soundMs: takeover.soundMs,
          lastFrame: takeover.lastFrame,
          received: takeover.firstFrame - 1,
        },
        () => {
          const gapMs = takeover.elapsedMs + monotonicMs() - openedMs;
          gapSeconds.observe(gapMs / 1000);
          log.info({ from: takeover.owner, gapMs: Math.round(gapMs) }, 'took over a call');
          session.announceMove(gapMs, takeover.cause);
        },
      );
    };
    restore().catch((error: Error) => {
      log.error(
        { from: takeover.owner, err: error.message },
        'a call of a dead worker cannot be gone on with',
      );
      session.fail('SESSION_GONE');
    });
    return hosted;
  }

  #comeBack(
    request: OpenRequest,
    { token, seq }: NonNullable<OpenRequest['resume']>,
    route: Route,
    workerId: string,
  ): Hosted | undefined {
    const { log, tokens } = this.#options;
    const claims = tokens.read(token);
    if (claims?.session !== request.session) {
      log.warn({ session: request.session }, 'a resume token that is not of this session; refused');
      refuse(route, 'BAD_TOKEN', seq);
      return undefined;
    }
    const comingBack = { generation: claims.generation, seq, connection: request.connection };
    const existing = this.#sessions.get(request.session);
    if (existing !== undefined) {
      const refusal = existing.session.resume(route, comingBack);
      if (refusal === undefined) return existing;
      log.info({ session: request.session, code: refusal }, 'a caller may not come back');
      refuse(route, refusal, seq);
      return undefined;
    }
    const hosted = this.#host(request, route, workerId);
    const { session } = hosted;
    session.awaitRestore();
    const restore = async () => {
      const entry = await this.#journalOf(hosted.id);
      if (entry === undefined) throw new Error('it is over, or left no journal');
      if (claims.generation < entry.oldestGeneration) {
        log.info({ session: hosted.id, code: 'OLD_TOKEN' }, 'a caller may not come back');
        // Whoever this is, the caller with the newest token may still come.
        hosted.isLeftForCaller = true;
        refuse(route, 'OLD_TOKEN', seq);
        session.end('moved');
        return;
      }
      await session.restore(
        {
          entry,
          cause: 'worker_lost',
          seq,
          connection: request.connection,
          soundMs: undefined,
          lastFrame: 0,
          received: 0,
        },
        () => {
          log.info({ session: hosted.id }, 'a caller came back to a call whose worker is gone');
          session.announceReturn(comingBack, Math.max(0, entry.seq - seq));
        },
      );
    };
    restore().catch((error: Error) => {
      log.warn({ session: hosted.id, err: error.message }, 'a caller came back to a call that is not there');
      refuse(route, 'SESSION_GONE', seq);
      session.end();
    });
    return hosted;
  }

  /** What the worker before has written. @throws {JournalError} it cannot be read */
  async #journalOf(id: string): Promise<JournalEntry | undefined> {
    const { redis, keys } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        const data = await readJournal(redis, keys, id);
        return data === undefined ? undefined : readEntry(data);
      } catch (error) {
        if ((error as Error).name === 'JournalError' || attempt === journalTries) throw error;
        await new Promise((resolve) => setTimeout(resolve, journalRetryMs));
      }
    }
  }
}
