import type { AnswerRule, Script } from '../script.ts';
import type { Entry } from './conversation.ts';
import { answerFrom, fillerOf } from './phrases.ts';
import type { ToolChoice, Tools } from './wire.ts';

/** What the emulated model does next. */
export type Decision =
  | { kind: 'say'; text: string }
  | { kind: 'call'; name: string; args: Record<string, unknown> };

/** Everything the decision may depend on. */
export interface Situation {
  /** The conversation, or the `input` of a response that stands apart from it. */
  entries: readonly Entry[];
  /** The response's own instructions. */
  instructions: string | undefined;
  tools: Tools;
  toolChoice: ToolChoice;
  script: Script;
  /** Answers given so far in this session: picks the rule or line whose turn it is. */
  turn: number;
}

/** The tool of the product that the model asks for knowledge. */
const KNOWLEDGE_TOOL = 'search_knowledge';

/**
 * Decides by: the instruction's exact words, a tool's output, the script, then the model's own manners. Told that its
 * answer was cut off after certain words, it says only what comes after them.
 */
export function decide(situation: Situation): Decision {
  const { instructions = '' } = situation;
  const exact = quotedAfter('Say exactly:', instructions);
  if (exact) return { kind: 'say', text: exact };
  const decision = answer(situation);
  const said = quotedAfter('cut off after the words', instructions);
  return decision.kind === 'say' && said ? { kind: 'say', text: restOf(decision.text, said) } : decision;
}

function quotedAfter(words: string, instructions: string): string | undefined {
  const quoted = new RegExp(`${words}\\s*["“]((?:[^"”\\\\]|\\\\.)*)["”]`, 'i').exec(instructions)?.[1];
  return quoted?.replaceAll('\\"', '"');
}

function restOf(text: string, said: string): string {
  const at = text.indexOf(said);
  return (at < 0 ? text : text.slice(at + said.length).trim()) || 'That is all.';
}

function answer(situation: Situation): Decision {
  const { entries, script } = situation;
  const words = lastWords(entries);
  const outputs = toolOutputs(entries);
  if (outputs.length > 0) {
    return ruled(words, situation, true) ?? { kind: 'say', text: answerFrom(words, outputs) };
  }
  const forced = forcedTool(situation);
  const scripted = script.toolCalls.find(
    (rule) => isOffered(rule.name, situation) && matches(rule.when, words),
  );
  if (scripted && (forced === undefined || forced === scripted.name)) {
    return { kind: 'call', name: scripted.name, args: scripted.arguments };
  }
  if (forced !== undefined) return { kind: 'call', name: forced, args: { query: words } };
  const scriptedAnswer = ruled(words, situation, false);
  if (scriptedAnswer) return scriptedAnswer;
  if (isOffered(KNOWLEDGE_TOOL, situation) && isQuestion(words)) {
    return { kind: 'call', name: KNOWLEDGE_TOOL, args: { query: words } };
  }
  return {
    kind: 'say',
    text: script.answerMs === null ? manners(words) : fillerOf(script.answerMs, situation.turn),
  };
}

function ruled(words: string, { script, turn }: Situation, afterTool: boolean): Decision | undefined {
  const rules = script.answers.filter((rule) => rule.afterTool === undefined || rule.afterTool === afterTool);
  const matching = rules.find((rule) => rule.when !== undefined && matches(rule.when, words));
  const inTurn = rules.filter((rule) => rule.when === undefined);
  const rule: AnswerRule | undefined = matching ?? inTurn[turn % Math.max(1, inTurn.length)];
  if (!rule) return undefined;
  return { kind: 'say', text: rule.say ?? fillerOf(rule.answerMs ?? 0, turn) };
}

function matches(when: string | undefined, words: string): boolean {
  return when === undefined || new RegExp(when, 'i').test(words);
}

/** What the user said since the model last spoke; failing that, what they said last. */
function lastWords(entries: readonly Entry[]): string {
  const said: string[] = [];
  for (let at = entries.length - 1; at >= 0; at--) {
    const item = entries[at]?.item;
    if (item?.type !== 'message') continue;
    if (item.role === 'assistant' && said.length > 0) break;
    if (item.role === 'user') said.unshift(wordsOf(entries[at]));
  }
  return said.join(' ').trim();
}

/** The words of one message, spoken or typed. */
export function wordsOf(entry: Entry | undefined): string {
  if (entry?.item.type !== 'message') return '';
  const written = entry.item.content.map(
    (part) => part.text ?? ('transcript' in part ? part.transcript : '') ?? '',
  );
  return entry.words ?? written.join(' ').trim();
}

/** What the caller has said, message by message. */
export function callerWords(entries: readonly Entry[]): string[] {
  return entries
    .filter(({ item }) => item.type === 'message' && item.role === 'user')
    .map((entry) => wordsOf(entry));
}

/** Outputs of tools since the user or the model last spoke. */
function toolOutputs(entries: readonly Entry[]): string[] {
  const outputs: string[] = [];
  for (let at = entries.length - 1; at >= 0; at--) {
    const item = entries[at]?.item;
    if (item?.type === 'function_call_output') outputs.unshift(item.output);
    else if (item?.type === 'message' && item.role !== 'system') break;
  }
  return outputs;
}

function isOffered(name: string, { tools, toolChoice }: Situation): boolean {
  return toolChoice !== 'none' && tools.some((tool) => 'name' in tool && tool.name === name);
}

function forcedTool({ tools, toolChoice }: Situation): string | undefined {
  if (typeof toolChoice === 'object')
    return 'name' in toolChoice ? (toolChoice.name ?? undefined) : undefined;
  if (toolChoice !== 'required') return undefined;
  const first = tools.find((tool) => 'name' in tool);
  return first && 'name' in first ? first.name : undefined;
}

const GREETING = /^(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings)\b/i;
const THANKS = /\b(?:thanks|thank you|cheers)\b/i;
const GOODBYE = /\b(?:bye|goodbye|see you|that is all|that's all)\b/i;
const QUESTION =
  /\?|^(?:what|when|where|who|why|how|which|is|are|do|does|did|can|could|would|will|may|should)\b/i;

function isQuestion(words: string): boolean {
  if (QUESTION.test(words.replace(/^(?:hello|hi|hey)[,.! ]+/i, ''))) return true;
  if (GREETING.test(words) || THANKS.test(words) || GOODBYE.test(words)) return false;
  return words.split(/\s+/).length > 3;
}

function manners(words: string): string {
  if (isQuestion(words))
    return 'That is a good question. I do not have that information at hand, but I can find somebody who does.';
  if (GOODBYE.test(words)) return 'You are welcome. Goodbye, and have a nice day.';
  if (THANKS.test(words)) return 'You are very welcome. Is there anything else I can do for you?';
  if (GREETING.test(words)) return 'Hello! How can I help you today?';
  return 'I am not sure, could you say that again?';
}

/** The lines above, for speaking them ahead. */
export const MANNERLY_LINES: readonly string[] = ['hello', 'thanks', 'bye', 'why?', 'hm'].map(manners);
