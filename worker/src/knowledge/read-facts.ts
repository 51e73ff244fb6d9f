import { z } from 'zod';
import { nearest } from '../nearest.ts';
import type { Fact, WrittenFact } from './fact.ts';

/** A fact longer than this says more than one thing, and would crowd others out of an answer. */
const maxFactCharacters = 2000;

const factLine = z.strictObject({
  id: z.string().regex(/^\S{1,128}$/, 'must be 1–128 characters without spaces'),
  text: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxFactCharacters, `has more than ${maxFactCharacters} characters`),
  source: z.string().trim().min(1, 'must say where the fact comes from').max(300),
  timestamp: z
    .union(
      [z.iso.date(), z.iso.datetime({ offset: true })],
      'must be a date like 2025-03-31 or an ISO 8601 time',
    )
    .optional(),
  category: z
    .string()
    .regex(/^\S{1,64}$/, 'must be 1–64 characters without spaces')
    .optional(),
});

export type Report = (line: number, message: string) => void;

/** The kinds of knowledge files, by ending. */
export const factReaders: Readonly<
  Record<string, (name: string, text: string, wrong: Report) => WrittenFact[]>
> = {
  '.jsonl': (_, text, wrong) => readJsonLines(text, wrong),
  '.md': readMarkdown,
  '.txt': readPlainText,
};

/** One JSON object a line; empty lines are skipped. */
export function readJsonLines(text: string, wrong: Report): WrittenFact[] {
  const facts: WrittenFact[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      wrong(index + 1, `is not JSON: ${(error as Error).message}`);
      continue;
    }
    const result = factLine.safeParse(value);
    if (result.success) facts.push({ fact: Object.freeze(result.data), line: index + 1 });
    else for (const issue of result.error.issues) wrong(index + 1, explain(issue, value));
  }
  return facts;
}

function explain(issue: z.core.$ZodIssue, value: unknown): string {
  const fields = Object.keys(factLine.shape);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `unknown field ${key}${nearest(key, fields)}`).join('; ');
  }
  const [field] = issue.path;
  if (field === undefined) return 'must be an object like {"id":"…","text":"…","source":"…"}';
  if ((value as Record<string, unknown>)[String(field)] === undefined) return `${String(field)} is missing`;
  return `${String(field)} ${issue.message.replace(/^Invalid input: /, '')}`;
}

/** A paragraph is a fact, with its headings; `house.md` gives ids like `house/arriving` and `house/arriving-2`. */
function readMarkdown(name: string, text: string, wrong: Report): WrittenFact[] {
  const base = baseName(name);
  const counts = new Map<string, number>();
  const headings: string[] = [];
  const facts: WrittenFact[] = [];
  for (const { line, paragraph } of paragraphs(withoutComments(text))) {
    let rest = paragraph;
    let at = line;
    const heading = headingOf(paragraph);
    if (heading !== undefined) {
      headings.length = Math.min(headings.length, heading.level - 1);
      headings.push(heading.text);
      rest = paragraph.slice(paragraph.indexOf('\n') + 1 || paragraph.length);
      at++;
    }
    if (rest.trim() === '') continue;
    const slug = slugOf(headings.at(-1) ?? '');
    const count = (counts.get(slug) ?? 0) + 1;
    counts.set(slug, count);
    const id = `${base}${slug === '' ? '' : `/${slug}`}${count === 1 && slug !== '' ? '' : `-${count}`}`;
    const words = plainWords(rest);
    const fact = {
      id,
      text: headings.length === 0 ? words : `${headings.join(', ')}: ${words}`,
      source: headings.length === 0 ? name : `${name}, ${headings.join(', ')}`,
      category: slugOf(base),
    };
    if (isShortEnough(fact, at, wrong)) facts.push({ fact: Object.freeze(fact), line: at });
  }
  return facts;
}

/** A paragraph is a fact; `rules.txt` gives the ids `rules-1`, `rules-2` … */
function readPlainText(name: string, text: string, wrong: Report): WrittenFact[] {
  const base = baseName(name);
  const facts: WrittenFact[] = [];
  for (const { line, paragraph } of paragraphs(text)) {
    const fact = {
      id: `${base}-${facts.length + 1}`,
      text: paragraph.replace(/\s+/g, ' ').trim(),
      source: name,
      category: slugOf(base),
    };
    if (isShortEnough(fact, line, wrong)) facts.push({ fact: Object.freeze(fact), line });
  }
  return facts;
}

function isShortEnough(fact: Fact, line: number, wrong: Report): boolean {
  if (fact.text.length <= maxFactCharacters) return true;
  wrong(
    line,
    `this paragraph has more than ${maxFactCharacters} characters; an empty line makes two facts of it`,
  );
  return false;
}

/** Lines without an empty one between them; a heading also begins a paragraph. */
export function* paragraphs(
  text: string,
  hasHeadings = true,
): Generator<{ line: number; paragraph: string }> {
  let start = 0;
  let lines: string[] = [];
  for (const [index, line] of [...text.split('\n'), ''].entries()) {
    const isHeading = hasHeadings && headingOf(line) !== undefined;
    if (lines.length > 0 && (line.trim() === '' || isHeading)) {
      yield { line: start + 1, paragraph: lines.join('\n') };
      lines = [];
    }
    if (line.trim() === '') continue;
    if (lines.length === 0) start = index;
    lines.push(line);
  }
}

export function headingOf(text: string): { level: number; text: string } | undefined {
  const [, marks, words] = /^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*(?:\r?\n|\r?$)/.exec(text) ?? [];
  return marks === undefined ? undefined : { level: marks.length, text: plainWords(words!) };
}

/** What remains when somebody reads it aloud. */
export function plainWords(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*([-*+>]|\d+[.)])\s+/gm, '')
    .replace(/[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

function baseName(name: string): string {
  return name.replace(/\.[^.]*$/, '').replace(/\s+/g, '-');
}

/** With as many lines as before. */
export function withoutComments(markdown: string): string {
  return markdown.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ''));
}
