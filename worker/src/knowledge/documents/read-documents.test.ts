import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chunksOf } from './chunks.ts';
import { maxPackFacts, readDocuments } from './read-documents.ts';
import { testPdf } from './test-pdf.ts';

async function read(files: Readonly<Record<string, string | Buffer>>, taken?: ReadonlyMap<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'vjj-documents-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const paths = Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  });
  const result = await readDocuments(paths, 'en', taken);
  if (result.ok) return { facts: result.documents.flatMap(({ facts }) => facts), problems: [] };
  return {
    facts: [],
    problems: result.problems.map(
      ({ file, line, message }) => `${file.slice(folder.length + 1)}:${line} ${message}`,
    ),
  };
}

describe('a document becomes facts that stand alone', () => {
  it('Markdown: under its headings, short neighbours together', async () => {
    const { facts } = await read({
      'House Rules.md': '# Rooms\n\nQuiet **after** eleven.\n\nNo fires.\n\n## Pets\n\n- Dogs are welcome.\n',
    });
    expect(facts.map(({ fact, line }) => [line, fact.id, fact.text, fact.source])).toEqual([
      [3, 'house-rules-1', 'Rooms: Quiet after eleven. No fires.', 'House Rules.md, Rooms'],
      [9, 'house-rules-2', 'Rooms, Pets: Dogs are welcome.', 'House Rules.md, Rooms, Pets'],
    ]);
  });

  it('plain text: # begins no heading', async () => {
    const { facts } = await read({ 'a.txt': 'One.\n# Two.' });
    expect(facts.map(({ fact }) => fact.text)).toEqual(['One. # Two.']);
  });

  it('HTML: what a reader reads, however badly it is written', async () => {
    const { facts } = await read({
      'page.html': `<title>no</title><nav>Home</nav><script>no()</script><main><h1>Prices &amp; times</h1>
<p>Breakfast: <b>12 €</b>.<p>Parking<br>is free.<h2>Late</h2><table><tr><th>Day<th>Until<tr><td>Sunday<td>ten</table>
<div hidden>no</div><footer>no</footer>`,
    });
    expect(facts.map(({ fact, line }) => [line, fact.text])).toEqual([
      [2, 'Prices & times: Breakfast: 12 €. Parking is free.'],
      [2, 'Prices & times, Late: Day; Until Sunday; ten'],
    ]);
  });

  it('PDF: page by page', async () => {
    const { facts } = await read({
      'tariff.pdf': testPdf(['A room costs 90 euros, break-\nfast included.', 'Dogs cost ten.']),
    });
    expect(facts.map(({ fact }) => [fact.id, fact.text, fact.source])).toEqual([
      ['tariff-1', 'A room costs 90 euros, breakfast included.', 'tariff.pdf, page 1'],
      ['tariff-2', 'Dogs cost ten.', 'tariff.pdf, page 2'],
    ]);
  });

  it('a long paragraph is cut between sentences, and the end of a piece is said again in the next', () => {
    const sentences = Array.from(
      { length: 60 },
      (_, index) => `This is sentence number ${index} of the text.`,
    );
    const texts = chunksOf('a.txt', [{ text: sentences.join(' '), headings: ['Top'], line: 1 }], 'en').map(
      ({ fact }) => fact.text.slice('Top: '.length),
    );
    expect(texts.length).toBeGreaterThan(2);
    for (const text of texts) {
      expect(text.length).toBeLessThanOrEqual(900);
      expect(text).toMatch(/^This is .* text\.$/);
    }
    for (const sentence of sentences) expect(texts.some((text) => text.includes(sentence))).toBe(true);
    for (const [index, text] of texts.slice(1).entries()) {
      expect(texts[index]!.endsWith(text.slice(0, text.indexOf('.') + 1))).toBe(false);
      expect(texts[index]).toContain(text.slice(0, text.indexOf('.') + 1));
    }
  });

  it('text without sentences or spaces is cut all the same', () => {
    const chunks = chunksOf('a.txt', [{ text: 'x'.repeat(5000), headings: [], line: 1 }], 'en');
    expect(chunks.every(({ fact }) => fact.text.length <= 900)).toBe(true);
    expect(chunks.map(({ fact }) => fact.text).join('')).toHaveLength(5000);
  });
});

describe('what is wrong is told with file and line, and nothing is taken', () => {
  const fact = (id: string) => `{"id":"${id}","text":"t","source":"s"}`;
  it.each<[string, Record<string, string | Buffer>, RegExp]>([
    [
      'an id twice in a file',
      { 'a.jsonl': `${fact('x')}\n${fact('x')}` },
      /^a.jsonl:2 the id x is taken, see a.jsonl:1/,
    ],
    [
      'an id of another file',
      { 'a.jsonl': fact('x'), 'b.jsonl': `\n${fact('x')}` },
      /^b.jsonl:2 .*see a.jsonl:1/,
    ],
    [
      'an oversized fact',
      { 'a.jsonl': fact('x').replace('"t"', `"${'t'.repeat(2001)}"`) },
      /^a.jsonl:1 text has more/,
    ],
    ['no PDF', { 'a.pdf': 'hello' }, /^a.pdf:1 is not a PDF that can be read/],
    ['half a PDF', { 'a.pdf': testPdf(['text']).subarray(0, 300) }, /^a.pdf:1 (is not a PDF|has no text)/],
    ['a PDF of pictures', { 'a.pdf': testPdf(['']) }, /^a.pdf:1 has no text/],
    ['no UTF-8', { 'a.txt': Buffer.from([0x68, 0xff, 0xfe]) }, /^a.txt:1 is not UTF-8/],
    ['an empty file', { 'a.md': '\n\n' }, /^a.md:1 has no facts/],
    ['another kind of file', { 'a.docx': 'x' }, /^a.docx:1 is none of .jsonl/],
  ])('%s', async (_, files, problem) => {
    const { facts, problems } = await read({ 'good.txt': 'A good fact.', ...files });
    expect(facts).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it('an id of what is there already', async () => {
    const { problems } = await read({ 'a.jsonl': fact('x') }, new Map([['x', 'old.jsonl:7']]));
    expect(problems).toEqual(['a.jsonl:1 the id x is taken, see old.jsonl:7']);
  });

  it('a hundred thousand lines: the first that is too many', async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => fact(`f${index}`));
    const { problems } = await read({ 'a.jsonl': lines.join('\n') });
    expect(problems).toEqual([expect.stringContaining(`a.jsonl:${maxPackFacts + 1} is the fact from which`)]);
  });
});
