import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Problem } from '../../agents/problem.ts';
import type { WrittenFact } from '../fact.ts';
import { type Report, readJsonLines } from '../read-facts.ts';
import { chunksOf } from './chunks.ts';
import { readHtml } from './read-html.ts';
import { readMarkdownBlocks, readPlainBlocks } from './read-markup.ts';
import { readPdf } from './read-pdf.ts';

/** A file and the facts in it. Its name is what it is replaced and removed by. */
export interface ReadDocument {
  readonly name: string;
  readonly path: string;
  readonly facts: readonly WrittenFact[];
}

export type DocumentsRead =
  | { readonly ok: true; readonly documents: readonly ReadDocument[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Workers keep it all in memory and compare each question with all of it: some 5 ms and 30 MB at this size. */
export const maxPackFacts = 10_000;
const maxFileBytes = 64 * 1024 * 1024;

type Reader = (
  name: string,
  bytes: Buffer,
  language: string,
  wrong: Report,
) => Promise<WrittenFact[]> | WrittenFact[];

/** By ending. */
const readers: Readonly<Record<string, Reader>> = {
  '.jsonl': (_, bytes, __, wrong) => readJsonLines(utf8(bytes), wrong),
  '.md': (name, bytes, language) => chunksOf(name, readMarkdownBlocks(utf8(bytes)), language),
  '.txt': (name, bytes, language) => chunksOf(name, readPlainBlocks(utf8(bytes)), language),
  '.html': (name, bytes, language) => chunksOf(name, readHtml(utf8(bytes)), language),
  '.pdf': async (name, bytes, language) => chunksOf(name, await readPdf(bytes), language, 'page'),
};
const aliases: Readonly<Record<string, string>> = { '.htm': '.html', '.markdown': '.md', '.text': '.txt' };

/**
 * Reads files into facts, all or none.
 * @param taken ids of what stays in the pack, and where they come from
 * @returns the facts, or every problem with file and line
 */
export async function readDocuments(
  paths: readonly string[],
  language: string,
  taken: ReadonlyMap<string, string> = new Map(),
): Promise<DocumentsRead> {
  const problems: Problem[] = [];
  const documents: ReadDocument[] = [];
  const names = new Map<string, string>();
  const places = new Map(taken);
  let count = taken.size;
  for (const path of paths) {
    const name = basename(path);
    const wrong: Report = (line, message) => problems.push({ file: path, line, message });
    const other = names.get(name);
    if (other !== undefined) {
      wrong(1, `has the same name as ${other}; a file is known by its name`);
      continue;
    }
    names.set(name, path);
    const facts = await readOne(path, name, language, wrong);
    if (facts.length === 0 && !problems.some(({ file }) => file === path)) wrong(1, 'has no facts in it');
    for (const { fact, line } of facts) {
      const first = places.get(fact.id);
      if (first !== undefined) wrong(line, `the id ${fact.id} is taken, see ${first}`);
      places.set(fact.id, `${name}:${line}`);
      if (++count === maxPackFacts + 1)
        wrong(
          line,
          `is the fact from which on there are more than ${maxPackFacts}, which is the most one agent may have`,
        );
    }
    documents.push({ name, path, facts });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, documents };
}

async function readOne(path: string, name: string, language: string, wrong: Report): Promise<WrittenFact[]> {
  const ending = extname(name).toLowerCase();
  const reader = readers[aliases[ending] ?? ending];
  if (reader === undefined) {
    wrong(1, `is none of ${[...Object.keys(readers), ...Object.keys(aliases)].join(', ')}`);
    return [];
  }
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes) throw new Error(`has ${size} bytes; at most ${maxFileBytes} are read`);
    return await reader(name, await readFile(path), language, wrong);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') wrong(1, 'is missing');
    else if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') wrong(1, 'is not UTF-8 text');
    else wrong(1, message);
    return [];
  }
}

function utf8(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
