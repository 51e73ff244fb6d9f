import type { SessionStart } from '@vjj/shared/protocol/messages.ts';
import { defaultAgentName } from '../agents/agents.ts';
import { defaultTenant } from '../call-agents.ts';
import type { DialogueState } from '../journal/dialogue.ts';
import type { Called, CallMemory } from './call-memory.ts';

/** Redis answers in a millisecond or two; a call does not wait for one that does not. */
const visitLimitMs = 50;

/** The caller of one call, as far as calls before it are remembered. */
export class Visitor {
  readonly #called: Called;
  readonly #memory: CallMemory | undefined;

  constructor(
    session: string,
    { fingerprint, agent = defaultAgentName }: SessionStart,
    memory: CallMemory | undefined,
  ) {
    this.#called = { session, tenant: defaultTenant, fingerprint, agent };
    this.#memory = memory;
  }

  /** How often the caller called before, if that is soon known. */
  async previousSessions(): Promise<number> {
    if (this.#memory === undefined) return 0;
    return within(visitLimitMs, this.#memory.previousSessions(this.#called), 0);
  }

  /** What is known of the caller is told to the conversation when it comes; nobody waits for it. */
  recall(): Promise<string | undefined> {
    return this.#memory?.recall(this.#called) ?? Promise.resolve(undefined);
  }

  remember(startedAt: number, dialogue: DialogueState): void {
    this.#memory?.remember(this.#called, startedAt, dialogue);
  }
}

function within<T>(limitMs: number, work: Promise<T>, otherwise: T): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(resolve, limitMs, otherwise);
  void work.then(resolve).finally(() => clearTimeout(timer));
  return promise;
}
