import { monotonicMs } from '@vjj/shared/clock.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import type { CallAgent, ToolOutcome } from '../call-agent.ts';
import type { CallEvidence } from '../evidence/call-evidence.ts';
import { inEffect, isSpeakable } from '../policy/decision.ts';
import type { Conversation, ToolCall } from '../provider/provider.ts';
import { tellVerdict } from './told-verdict.ts';

export interface AnswerToolsOptions {
  agent: CallAgent;
  conversation: Conversation;
  evidence: CallEvidence;
  log: Logger;
  /** Names what a tool is asked, the same when another worker has to ask again. */
  requestKey: ((call: ToolCall, nth: number) => string) | undefined;
  tell: (message: ServerMessageBody) => void;
}

/** What a tool was asked, and what it found. */
export interface ToolAnswer {
  call: ToolCall;
  outcome: ToolOutcome;
}

/** A model that keeps calling tools without saying anything is stopped after so many rounds. */
const maxRounds = 5;

/** The tools that one answer asks for: runs them, and gives the service what they found, if it may be spoken of. */
export class AnswerTools {
  readonly #options: AnswerToolsOptions;
  readonly #abort = new AbortController();
  /** Those of this round, for which the service waits. */
  #running: Promise<ToolAnswer>[] = [];
  #rounds = 0;
  /** What they were asked in this answer. */
  readonly #asked: string[] = [];

  constructor(options: AnswerToolsOptions) {
    this.#options = options;
  }

  /** The service waits for some. */
  get areAwaited(): boolean {
    return this.#running.length > 0;
  }

  /** How many rounds are over. */
  get rounds(): number {
    return this.#rounds;
  }

  /** There were so many rounds that no more may follow. */
  get areEndless(): boolean {
    return this.#rounds > maxRounds;
  }

  /** Runs one, and tells the caller when it begins and when it has answered. */
  run(call: ToolCall): void {
    const { agent, evidence, requestKey, tell } = this.#options;
    const startedMs = monotonicMs();
    const { signal } = this.#abort;
    evidence.asked(call);
    tell({ type: 'tool.call', name: call.name, ms: 0 });
    const nth = this.#asked.filter((one) => one === `${call.name} ${call.arguments}`).length;
    this.#asked.push(`${call.name} ${call.arguments}`);
    const id = requestKey?.(call, nth) ?? call.id;
    const answer = agent.runTool({ ...call, id }, signal).then((outcome) => {
      const tookMs = monotonicMs() - startedMs;
      evidence.answered(call, outcome, tookMs);
      if (!signal.aborted) tell({ type: 'tool.result', name: call.name, ms: Math.round(tookMs) });
      return { call, outcome };
    });
    this.#running.push(answer);
  }

  /** What those of this round found, once all of them have answered. */
  answers(): Promise<ToolAnswer[]> {
    return Promise.all(this.#running);
  }

  /** The service is given what they found, and waits for them no longer. */
  endRound(): void {
    this.#running = [];
    this.#rounds++;
  }

  /**
   * Gives the service what one found, unless the policy objects to it.
   * @returns whether it may be spoken of
   */
  give({ call, outcome }: ToolAnswer): boolean {
    const { agent, conversation, log } = this.#options;
    const verdict = inEffect(agent.policy.judge('assistant', outcome.text));
    if (isSpeakable(verdict)) {
      conversation.toolResult(call.id, outcome.output);
      return true;
    }
    log.warn({ tool: call.name, ...verdict, safeRewrite: undefined }, 'a tool result was withheld');
    tellVerdict('tool', { ...verdict, safeRewrite: '' }, this.#options);
    conversation.toolResult(call.id, JSON.stringify({ error: 'the result may not be spoken of' }));
    return false;
  }

  /** Nothing of this answer is wanted any more. */
  stop(): void {
    this.#abort.abort();
  }
}
