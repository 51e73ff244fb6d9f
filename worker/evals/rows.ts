import { readFileSync } from 'node:fs';
import { type Category, isCategory } from '../src/policy/moderation/category.ts';
import type { Speaker } from '../src/policy/speaker.ts';

/** A line of a set for moderation. */
export interface LabelledText {
  readonly text: string;
  readonly role: Speaker;
  readonly labels: readonly Category[];
}

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/** A line of a set for personal data. */
export interface SpannedText {
  readonly text: string;
  readonly role: Speaker;
  readonly spans: readonly Span[];
}

/** @throws Error naming the file and the line that is not of the form of a set */
export function readLabelled(file: string): LabelledText[] {
  return readLines(file, ({ text, role, labels }) => {
    if (!Array.isArray(labels)) throw new Error('"labels" must be a list');
    return { text, role, labels: labels.map(categoryOf) };
  });
}

/** @throws Error naming the file and the line that is not of the form of a set */
export function readSpanned(file: string): SpannedText[] {
  return readLines(file, ({ text, role, spans }) => {
    if (!Array.isArray(spans)) throw new Error('"spans" must be a list');
    return { text, role, spans: spans.map(spanOf) };
  });
}

/** @throws Error naming the file and the line without a text */
export function readTexts(file: string): { text: string; role: Speaker }[] {
  return readLines(file, ({ text, role }) => ({ text, role }));
}

interface Line {
  readonly text: string;
  readonly role: Speaker;
  readonly labels: unknown;
  readonly spans: unknown;
}

function readLines<T>(file: string, convert: (line: Line) => T): T[] {
  const rows: T[] = [];
  for (const [index, json] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (json.trim() === '') continue;
    try {
      const parsed: unknown = JSON.parse(json);
      const { text, role, labels, spans } = isRecord(parsed) ? parsed : {};
      if (typeof text !== 'string') throw new Error('"text" must be a string');
      rows.push(convert({ text, role: role === 'assistant' ? 'assistant' : 'user', labels, spans }));
    } catch (error) {
      throw new Error(`${file}:${index + 1}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
  return rows;
}

function categoryOf(label: unknown): Category {
  if (typeof label === 'string' && isCategory(label)) return label;
  throw new Error(`no category ${JSON.stringify(label)}`);
}

function spanOf(span: unknown): Span {
  if (isRecord(span)) {
    const { start, end, kind } = span;
    if (typeof start === 'number' && typeof end === 'number' && typeof kind === 'string')
      return { start, end, kind };
  }
  throw new Error(`no span: ${JSON.stringify(span)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
