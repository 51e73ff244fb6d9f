/** What is said instead of an answer that was stopped. */
export const fallbackLines = [
  'ask_clarifying_question',
  'refuse_politely',
  'switch_to_text_summary',
  'escalate_to_human',
  'offer_email_or_link',
] as const;
export type FallbackLine = (typeof fallbackLines)[number];

/** Lines with a moment of their own: a call moved to another worker, its end, a caller in danger, all lines busy. */
export type LineKey = FallbackLine | 'bridge' | 'goodbye' | 'crisis' | 'waiting';

/** Of an agent that has none of its own; in other languages there is none. */
const englishWaiting = 'All our lines are busy. Please stay on, it will be your turn soon.';

/** What a waiting caller is told; nothing: they are told by message only. */
export function waitingLine(own: string | undefined, language: string): string {
  return own ?? (/^en(-|$)/i.test(language) ? englishWaiting : '');
}

/** The ready-made lines of one agent, in its language. */
export interface AgentLines {
  /** Short acknowledgements that commit to nothing. */
  reflexes: readonly string[];
  fallbacks: Readonly<Record<LineKey, string>>;
}

/** All lines to be had spoken ahead, the most urgent first. */
export function spokenAhead(lines: AgentLines, isLaneAEnabled: boolean): string[] {
  return [...(isLaneAEnabled ? lines.reflexes : []), ...Object.values(lines.fallbacks)].filter(
    (line) => line !== '',
  );
}
