import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { KnowledgePack } from '../knowledge/knowledge-pack.ts';
import type { Tool } from '../tools/tool.ts';
import type { AgentLines } from './lines.ts';

/** When an utterance is over in open-mic; field names as the Realtime API has them. */
export type TurnDetection =
  | {
      readonly type: 'server_vad';
      /** 0–1: how loud speech must be. */
      readonly threshold: number;
      readonly prefix_padding_ms: number;
      readonly silence_duration_ms: number;
    }
  | { readonly type: 'semantic_vad'; readonly eagerness: 'low' | 'medium' | 'high' | 'auto' };

/** Something the agent may state. */
export interface AllowedClaim {
  readonly id: string;
  readonly text: string;
  /** Id of the disclaimer that goes with it. */
  readonly disclaimer?: string | undefined;
}

/** A sentence that goes with what was said. */
export interface Disclaimer {
  readonly id: string;
  readonly text: string;
  readonly when: {
    /** Ids or categories of facts that an answer stands on. */
    readonly facts: readonly string[];
    /** Ids of claims that an answer makes. */
    readonly claims: readonly string[];
  };
}

/** What this agent asks of the policy beyond what holds for all. */
export interface AgentPolicy {
  /** Ids of patterns, or phrases, that are harmless here. */
  readonly exceptions: readonly string[];
  /** 0–1 by category: how sure a classifier must be. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** Phrases that are not harmless here. */
  readonly extraPhrases: readonly {
    readonly phrase: string;
    readonly category: string;
    /** 1–5; from 4 on the answer is stopped. */
    readonly severity: number;
  }[];
}

/** Everything a session needs to know of its agent. Never changes: a changed folder makes another one. */
export interface Agent extends AgentLines {
  readonly name: string;
  /** Changes with any file of the folder; for logs. */
  readonly version: string;
  /** Undefined: OPENAI_VOICE. */
  readonly voice: string | undefined;
  /** BCP 47. */
  readonly language: string;
  /** When `session.start` names none. */
  readonly voiceMode: VoiceMode;
  readonly turnDetection: TurnDetection;
  readonly instructions: string;
  readonly knowledge: KnowledgePack;
  readonly allowedClaims: readonly AllowedClaim[];
  readonly disallowedClaims: readonly string[];
  /** What becomes of an assertion about the product that no allowed claim covers. */
  readonly unverifiedClaims: 'allow' | 'rewrite' | 'refuse';
  readonly disclaimers: readonly Disclaimer[];
  /** Those that are enabled. */
  readonly tools: readonly Tool[];
  readonly policy: AgentPolicy;
}
