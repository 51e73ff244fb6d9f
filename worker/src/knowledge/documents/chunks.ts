import type { WrittenFact } from '../fact.ts';
import type { Block } from './block.ts';

/** Paragraphs under the same heading are put together up to this: an answer seldom needs more. */
const aimCharacters = 500;
/** Longer ones are cut between sentences, and a sentence longer than this between words. */
const mostCharacters = 900;
/** So much of the end of a chunk is said again at the begin of the next, in whole sentences. */
const overlapCharacters = 160;

/**
 * Cuts a document into facts that can stand alone: each has its headings before it, none spans two headings.
 * @param file its name, the source and the begin of the ids
 * @param unit what a line of the blocks is called
 */
export function chunksOf(
  file: string,
  blocks: readonly Block[],
  language: string,
  unit: 'line' | 'page' = 'line',
): WrittenFact[] {
  const base = slug(file);
  const facts: WrittenFact[] = [];
  for (const group of grouped(blocks, unit)) {
    const { headings, line } = group[0]!;
    const title = headings.join(', ');
    const place = unit === 'page' ? `, page ${line}` : '';
    const pieces =
      group.length > 1 ? [group.map(({ text }) => text).join(' ')] : cut(group[0]!.text, language);
    for (const piece of pieces) {
      facts.push({
        line,
        fact: Object.freeze({
          id: `${base}-${facts.length + 1}`,
          text: title === '' ? piece : `${title}: ${piece}`,
          source: `${file}${place}${title === '' ? '' : `, ${title}`}`.slice(0, 300),
          category: base.slice(0, 64),
        }),
      });
    }
  }
  return facts;
}

/** Neighbours under the same heading, and on the same page, that are short enough together. */
function grouped(blocks: readonly Block[], unit: 'line' | 'page'): Block[][] {
  const groups: Block[][] = [];
  let length = 0;
  for (const block of blocks) {
    const group = groups.at(-1);
    const isSame = group !== undefined && group[0]!.headings.join('\n') === block.headings.join('\n');
    const isNear = unit === 'line' || group?.[0]?.line === block.line;
    if (isSame && isNear && length + block.text.length <= aimCharacters) {
      group.push(block);
      length += block.text.length + 1;
    } else {
      groups.push([block]);
      length = block.text.length;
    }
  }
  return groups;
}

/** A long paragraph in pieces that begin and end with sentences. */
function cut(text: string, language: string): string[] {
  if (text.length <= mostCharacters) return [text];
  const pieces: string[] = [];
  let sentences: string[] = [];
  let isNew = false;
  const length = () => sentences.reduce((sum, sentence) => sum + sentence.length + 1, 0);
  for (const sentence of sentencesOf(text, language)) {
    if (sentences.length > 0 && length() + sentence.length > mostCharacters) {
      if (isNew) pieces.push(sentences.join(' '));
      while (sentences.length > 0 && length() > overlapCharacters) sentences.shift();
      if (length() + sentence.length > mostCharacters) sentences = [];
      isNew = false;
    }
    sentences.push(sentence);
    isNew = true;
  }
  if (isNew) pieces.push(sentences.join(' '));
  return pieces;
}

function sentencesOf(text: string, language: string): string[] {
  const segmenter = new Intl.Segmenter(language, { granularity: 'sentence' });
  return [...segmenter.segment(text)].flatMap(({ segment }) => words(segment.trim())).filter((s) => s !== '');
}

/** A sentence as it is, or what a table without full stops makes of one, between words. */
function words(sentence: string): string[] {
  const parts: string[] = [];
  let rest = sentence;
  while (rest.length > mostCharacters) {
    const space = rest.lastIndexOf(' ', mostCharacters);
    const end = space > mostCharacters / 2 ? space : mostCharacters;
    parts.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return [...parts, rest];
}

function slug(file: string): string {
  const name = file
    .toLowerCase()
    .replace(/\.[^.]*$/, '')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  return name.slice(0, 80) || 'document';
}
