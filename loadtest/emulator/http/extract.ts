import { keywords } from '../realtime/phrases.ts';
import { sentencesOf } from '../speech/voice.ts';

const SUMMARY_SENTENCES = 3;
const MAX_LIST = 5;

/** The sentences whose words come up most in the text, in their own order. */
export function summaryOf(text: string): string {
  const sentences = text
    .split('\n')
    .flatMap((line) => sentencesOf(line))
    .filter((sentence) => /\p{L}/u.test(sentence));
  const often = new Map<string, number>();
  for (const sentence of sentences) {
    for (const word of keywords(sentence)) often.set(word, (often.get(word) ?? 0) + 1);
  }
  return sentences
    .map((sentence, order) => ({ sentence, order, score: weightOf(sentence, often) }))
    .toSorted((a, b) => b.score - a.score || a.order - b.order)
    .slice(0, SUMMARY_SENTENCES)
    .toSorted((a, b) => a.order - b.order)
    .map(({ sentence }) => sentence)
    .join(' ');
}

function weightOf(sentence: string, often: ReadonlyMap<string, number>): number {
  const words = [...keywords(sentence)];
  return words.reduce((sum, word) => sum + (often.get(word) ?? 0), 0) / Math.max(4, words.length);
}

/** The part of JSON Schema that is understood. */
interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  minimum?: number;
  minItems?: number;
}

/** A value that fits a simple schema, its strings taken from the text. */
export function fitting(schema: Schema, text: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum.find((value) => text.includes(String(value))) ?? schema.enum[0];
  const first = schema.anyOf?.[0];
  if (first) return fitting(first, text);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type ?? (schema.properties ? 'object' : 'string')) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, inner]) => [key, fitting(inner, text)]),
      );
    case 'array':
      return listOf(schema, text);
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 0, Number(/\d+/.exec(text)?.[0] ?? 0));
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return summaryOf(text);
  }
}

function listOf(schema: Schema, text: string): unknown[] {
  const sentences = text.split('\n').flatMap((line) => sentencesOf(line));
  const parts = sentences.filter((sentence) => sentence !== '').slice(0, MAX_LIST);
  while (parts.length < (schema.minItems ?? 0)) parts.push(text);
  return parts.map((part) => fitting(schema.items ?? {}, part));
}
