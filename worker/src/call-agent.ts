import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { AgentLines } from './agents/lines.ts';
import type { Verdict } from './policy/decision.ts';
import type { Policy } from './policy/policy.ts';
import type { ToolCall, ToolDefinition, TurnDetection } from './provider/provider.ts';

/** A fact an answer stands on, as the caller is told of it. */
export interface Citation {
  id: string;
  source: string;
  text: string;
}

/** A sentence that must be spoken when something is said. */
export interface Disclaimer {
  id: string;
  text: string;
}

export interface ToolOutcome {
  /** JSON for the voice service. */
  output: string;
  /** As a person would read it, to be judged before it is spoken; empty when there is nothing to judge. */
  text: string;
  citations: readonly Citation[];
  disclaimers: readonly Disclaimer[];
}

/** What a call needs of its agent; made once per agent and process, and shared by all its calls. */
export interface CallAgent {
  readonly name: string;
  readonly instructions: string;
  readonly voice: string;
  readonly language: string;
  /** For callers who do not say. */
  readonly voiceMode: VoiceMode;
  readonly turnDetection: TurnDetection;
  readonly lines: AgentLines;
  readonly disclaimers: readonly Disclaimer[];
  readonly policy: Policy;
  /** Slower judges of a whole turn; they may only tighten. Never rejects. Undefined: there are none. */
  readonly confirm: ((text: string) => Promise<Verdict>) | undefined;
  readonly tools: readonly ToolDefinition[];
  /** Never throws: a tool that fails says so in its outcome. */
  runTool(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome>;
  /** What must be said because of what was said. */
  disclaimersFor(text: string): readonly Disclaimer[];
}
