import type { EventType, PayloadOf, PersonalFields } from '@vjj/shared/evidence/event-types.ts';
import { masked } from '../policy/personal-data/find-personal-data.ts';
import type { Chain } from './chain.ts';

type Without<T extends EventType> = Omit<PayloadOf<T>, 'turn'>;

/** What a verdict of the policy leaves in evidence. */
export interface Decided {
  decision: string;
  asDecided?: string | undefined;
  reasonCodes: readonly string[];
  rules: readonly string[];
  severity: number;
}

/** What was spoken of an answer, acknowledgement or safe line. */
export interface Spoken {
  lane: string;
  /** What the caller heard. */
  heard: string;
  /** What was generated of it. */
  generated: string;
  heardMs: number;
  cause: string;
}

/**
 * The evidence of one call. To be told of a thing before the caller can notice it: what is told in the turn of the
 * event loop in which a message is sent, stands in the spill before the message leaves.
 */
export class CallEvidence {
  readonly #chain: Chain;
  readonly #append: (line: string) => void;
  readonly #startedMs = Date.now();
  #turn = 0;
  #isOver = false;

  /** @param append takes a line into the spill */
  constructor(chain: Chain, append: (line: string) => void) {
    this.#chain = chain;
    this.#append = append;
  }

  /** The last event so far; whoever continues this call elsewhere names it. */
  get head(): { seq: number; hash: string } | undefined {
    return this.#chain.head;
  }

  started(payload: PayloadOf<'session.started'>): void {
    this.#add('session.started', payload);
  }

  /** Nothing is added after this. */
  ended(reason: string): void {
    this.#add('session.ended', { reason, durationMs: Date.now() - this.#startedMs });
    this.#isOver = true;
  }

  moved(payload: PayloadOf<'session.moved'>): void {
    this.#add('session.moved', payload);
  }

  resumed(payload: PayloadOf<'session.resumed'>): void {
    this.#add('session.resumed', payload);
  }

  /** The final words of the caller. */
  userSaid(text: string, source: 'spoken' | 'typed'): void {
    this.#addForTurn('user.transcript', { source, characters: text.length }, { text: masked(text) });
  }

  /** The caller's turn is over; what follows is about the answer to it. */
  turnEnded(): void {
    this.#turn++;
  }

  agentSaid({ lane, heard, generated, heardMs, cause }: Spoken): void {
    const differs = heard !== generated;
    this.#addForTurn(
      'assistant.transcript',
      { lane, heardMs: Math.round(heardMs), characters: heard.length, differs, cause },
      { text: masked(heard), ...(differs && { generated: masked(generated) }) },
    );
  }

  decided(
    speaker: 'user' | 'assistant' | 'tool',
    { decision, asDecided, reasonCodes, rules, severity }: Decided,
  ): void {
    this.#addForTurn('policy.decision', {
      speaker,
      decision,
      asDecided,
      reasonCodes: [...reasonCodes],
      rules: [...rules],
      severity,
    });
  }

  /** A rule objected and was overruled. */
  overruled(rules: readonly string[], by: string): void {
    this.#addForTurn('policy.override', { rules: [...rules], by });
  }

  checked(speaker: string, ran: PayloadOf<'checks'>['ran']): void {
    this.#addForTurn('checks', { speaker, ran });
  }

  fellBack(kind: string, reasonCodes: readonly string[]): void {
    this.#addForTurn('fallback', { kind, reasonCodes: [...reasonCodes] });
  }

  /** @param text what is said instead of the rest */
  rewrote(keptMs: number, reasonCodes: readonly string[], text: string): void {
    this.#addForTurn(
      'rewrite',
      { keptMs: Math.round(keptMs), reasonCodes: [...reasonCodes] },
      { text: masked(text) },
    );
  }

  toolCalled(call: string, tool: string, json: string): void {
    this.#addForTurn('tool.call', { call, tool }, { arguments: masked(json) });
  }

  toolAnswered(payload: Without<'tool.result'>, result: string): void {
    this.#addForTurn('tool.result', payload, { result: masked(result) });
  }

  searched(call: string, query: string): void {
    this.#addForTurn('knowledge.query', { call }, { query: masked(query) });
  }

  found(payload: Without<'knowledge.result'>): void {
    this.#addForTurn('knowledge.result', payload);
  }

  bargedIn(heardMs: number): void {
    this.#addForTurn('barge_in', { heardMs: Math.round(heardMs) });
  }

  laneChanged(from: string, to: string, cause: string): void {
    this.#add('lane.changed', { from, to, cause });
  }

  /** @param code of the error table */
  failed(code: string): void {
    this.#add('error', { code });
  }

  timed(payload: Without<'response.timing'>): void {
    this.#addForTurn('response.timing', payload);
  }

  #addForTurn<T extends EventType>(type: T, payload: Without<T>, personal?: PersonalFields): void {
    this.#add(type, { turn: this.#turn, ...payload } as unknown as PayloadOf<T>, personal);
  }

  #add<T extends EventType>(type: T, payload: PayloadOf<T>, personal?: PersonalFields): void {
    if (this.#isOver) return;
    this.#append(this.#chain.next(type, payload, personal));
  }
}
