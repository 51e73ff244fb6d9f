import type { EventType, PayloadOf, PersonalFields } from '@vjj/shared/evidence/event-types.ts';
import type { MoveCause } from '@vjj/shared/link/open-request.ts';
import { workSeconds } from '@vjj/shared/metrics.ts';
import { z } from 'zod';
import type { ToolOutcome } from '../call-agent.ts';
import { searchKnowledgeName } from '../knowledge/search-knowledge.ts';
import { masked } from '../policy/personal-data/find-personal-data.ts';
import type { ToolCall } from '../provider/provider.ts';
import type { CallRecording } from '../recording/call-recording.ts';
import type { Chain } from './chain.ts';

const positionSchema = z.object({
  epoch: z.number(),
  turn: z.number(),
  seq: z.number().optional(),
  hash: z.string().optional(),
});

/** Of one text no more than this is kept; what is longer was neither spoken nor heard. */
const mostChars = 16_384;

const handOverSeconds = workSeconds(
  'vjj_evidence_handover_seconds',
  'what handing over one audit event takes of the event loop, masking and encryption included',
);

type Without<T extends EventType> = Omit<PayloadOf<T>, 'turn'>;

/** What a verdict of the policy leaves in evidence. */
export interface Decided {
  decision: string;
  asDecided?: string | undefined;
  reasonCodes: readonly string[];
  rules: readonly string[];
  severity: number;
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

  /** Undefined: the call is not recorded. */
  readonly recording: CallRecording | undefined;

  /** @param append takes a line into the spill */
  constructor(chain: Chain, append: (line: string) => void, recording?: CallRecording) {
    this.#chain = chain;
    this.#append = append;
    this.recording = recording;
  }

  /** Where the chain is; for the journal, so that whoever continues this call elsewhere can name it. */
  get position(): string {
    const { epoch } = this.#chain.identity;
    return JSON.stringify({ epoch, turn: this.#turn, ...this.#chain.head });
  }

  started(payload: PayloadOf<'session.started'>): void {
    this.#add('session.started', payload);
  }

  /** Nothing is added after this. */
  ended(reason: string): void {
    if (this.#isOver) return;
    if (this.recording !== undefined) this.#add('session.recorded', { ...this.recording.close(reason) });
    this.#add('session.ended', { reason, durationMs: Date.now() - this.#startedMs });
    this.#isOver = true;
  }

  /** Goes on with a call that another worker had. @param position as its journal has it: not newer than the truth */
  movedFrom(position: string | undefined, worker: string, cause: MoveCause): void {
    const read = positionSchema.safeParse(parsed(position));
    const { epoch = 0, turn = 0, seq, hash } = read.data ?? {};
    this.#turn = turn;
    this.#add('session.moved', {
      worker,
      cause,
      fromEpoch: epoch,
      ...(seq === undefined || hash === undefined ? {} : { fromSeq: seq, fromHash: hash }),
    });
  }

  resumed(payload: PayloadOf<'session.resumed'>): void {
    this.#add('session.resumed', payload);
  }

  /** The final words of the caller. */
  userSaid(text: string, source: 'spoken' | 'typed'): void {
    this.#addForTurn('user.transcript', { source, characters: text.length }, () => ({ text: kept(text) }));
  }

  /** The caller's turn is over; what follows is about the answer to it. */
  turnEnded(): void {
    this.#turn++;
  }

  /** The last words of an answer or a safe line leave now; unless it is cut short later, all of it is heard. */
  released(lane: string, text: string, generated: string, soundMs: number): void {
    this.#agentSaid(lane, text, lane === 'B' ? generated : text, soundMs, 'released');
  }

  /** What is said is cut short: this much of it was heard. */
  cut(cause: string, lane: string, heard: string, generated: string, heardMs: number): void {
    if (cause === 'bargeIn') this.bargedIn(heardMs);
    if (generated !== '') this.#agentSaid(lane, heard, generated, heardMs, cause);
  }

  /**
   * All words of a turn were judged.
   * @param overruled rules that objected, and that the agent excepts
   */
  judged(
    speaker: 'user' | 'assistant',
    verdict: Decided,
    ms: number,
    overruled: readonly string[] = [],
  ): void {
    if (overruled.length > 0)
      this.#addForTurn('policy.override', { speaker, rules: [...overruled], by: 'agent' });
    this.#addForTurn('checks', { speaker, ran: [{ check: 'policy', micros: Math.round(ms * 1000) }] });
    // What is not allowed is told when it is announced.
    if (verdict.decision === 'allow') this.decided(speaker, verdict);
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

  /** @param turns what was said last, oldest first */
  escalated(
    { asDecided, decision, reasonCodes, rules, severity }: Decided,
    turns: readonly { role: 'user' | 'assistant'; text: string }[],
  ): void {
    this.#addForTurn(
      'escalation',
      { decision: asDecided ?? decision, reasonCodes: [...reasonCodes], rules: [...rules], severity },
      () => ({ context: turns.map(({ role, text }) => ({ speaker: role, text: kept(text) })) }),
    );
  }

  fellBack(kind: string, reasonCodes: readonly string[]): void {
    this.#addForTurn('fallback', { kind, reasonCodes: [...reasonCodes] });
  }

  /** @param text what is said instead of `generated` */
  rewrote(keptMs: number, reasonCodes: readonly string[], generated: string, text: string): void {
    this.#addForTurn('rewrite', { keptMs: Math.round(keptMs), reasonCodes: [...reasonCodes] }, () => ({
      text: kept(text),
      generated: kept(generated),
    }));
  }

  /** A tool is called. */
  asked({ id, name, arguments: json }: ToolCall): void {
    this.#addForTurn('tool.call', { call: id, tool: name }, () => ({ arguments: kept(json) }));
    if (name === searchKnowledgeName)
      this.#addForTurn('knowledge.query', { call: id }, () => ({ query: kept(json) }));
  }

  answered({ id, name }: ToolCall, { citations, text }: ToolOutcome, ms: number): void {
    const answer = { call: id, tool: name, ms: Math.round(ms), characters: text.length };
    this.#addForTurn('tool.result', answer, () => ({ result: kept(text) }));
    if (name !== searchKnowledgeName) return;
    const facts = citations.map((fact) => ({ id: fact.id, source: fact.source }));
    this.#addForTurn('knowledge.result', { call: id, ms: Math.round(ms), facts });
  }

  bargedIn(heardMs: number): void {
    this.#addForTurn('barge_in', { heardMs: Math.round(heardMs) });
  }

  laneChanged(from: string, to: string, cause: string): void {
    this.#add('lane.changed', { from, to, cause });
    this.recording?.laneChanged(from, to);
  }

  /** @param code of the error table */
  failed(code: string): void {
    this.#add('error', { code });
  }

  /** All from the end of the caller's turn. */
  timed(ttfbMs: number, firstAudioMs: number | undefined, totalMs: number): void {
    this.#addForTurn('response.timing', {
      ttfbMs: Math.round(ttfbMs),
      firstAudioMs: firstAudioMs === undefined ? undefined : Math.round(firstAudioMs),
      totalMs: Math.round(totalMs),
    });
  }

  #agentSaid(lane: string, heard: string, generated: string, heardMs: number, cause: string): void {
    const differs = heard !== generated;
    this.#addForTurn(
      'assistant.transcript',
      { lane, heardMs: Math.round(heardMs), characters: heard.length, differs, cause },
      () => ({ text: kept(heard), ...(differs && { generated: kept(generated) }) }),
    );
  }

  #addForTurn<T extends EventType>(type: T, payload: Without<T>, words?: () => PersonalFields): void {
    this.#add(type, { turn: this.#turn, ...payload } as unknown as PayloadOf<T>, words);
  }

  /** @param words what is sealed; a function, so that masking is measured with the rest */
  #add<T extends EventType>(type: T, payload: PayloadOf<T>, words?: () => PersonalFields): void {
    if (this.#isOver) return;
    const beganMs = performance.now();
    this.#append(this.#chain.next(type, payload, words?.()));
    handOverSeconds.observe((performance.now() - beganMs) / 1000);
  }
}

function parsed(json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? '');
  } catch {
    return undefined;
  }
}

/** A text as it is sealed: without what is personal in it. */
function kept(text: string): string {
  return masked(text.length > mostChars ? `${text.slice(0, mostChars)}…` : text);
}
