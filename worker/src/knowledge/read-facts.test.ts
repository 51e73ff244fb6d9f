import { describe, expect, it } from 'vitest';
import { factReaders } from './read-facts.ts';

function read(name: string, text: string) {
  const problems: string[] = [];
  const ending = name.slice(name.lastIndexOf('.'));
  const facts = factReaders[ending]!(name, text, (line, message) => problems.push(`${line}: ${message}`));
  return { facts, problems };
}

describe('facts in JSON lines', () => {
  it('are read one a line, empty lines skipped', () => {
    const { facts, problems } = read(
      'a.jsonl',
      '{"id":"one","text":"First.","source":"book"}\r\n\n{"id":"two","text":"Second.","source":"book","timestamp":"2025-03-31","category":"c"}\n',
    );
    expect(problems).toEqual([]);
    expect(facts.map(({ fact, line }) => [fact.id, line])).toEqual([
      ['one', 1],
      ['two', 3],
    ]);
  });

  it.each([
    ['{"id":"one",', /^1: is not JSON/],
    ['[]', /^1: must be an object/],
    ['null', /^1: must be an object/],
    ['{"id":"one","source":"book"}', /^1: text is missing/],
    ['{"id":"one","text":" ","source":"book"}', /^1: text must not be empty/],
    ['{"id":"o ne","text":"t","source":"book"}', /^1: id must be 1–128 characters without spaces/],
    [
      '{"id":"one","text":"t","source":"book","timestmp":"2025-01-01"}',
      /^1: unknown field timestmp; did you mean timestamp\?/,
    ],
    ['{"id":"one","text":"t","source":"book","timestamp":"yesterday"}', /^1: timestamp must be a date/],
    [`{"id":"one","text":"${'t'.repeat(2001)}","source":"book"}`, /^1: text has more than 2000/],
  ])('%s is refused', (line, problem) => {
    const { facts, problems } = read('a.jsonl', line);
    expect(facts).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});

describe('facts in Markdown', () => {
  it('are its paragraphs, with the headings they stand under', () => {
    const { facts } = read(
      'house rules.md',
      '<!-- not\nread -->\nWelcome.\n\n# Rooms\n## At *night*\nBe **quiet**\nafter [eleven](http://x).\n\n- No fires.\n\n# Café\nOpen at 9.\n',
    );
    expect(facts.map(({ fact, line }) => [line, fact.id, fact.text, fact.source])).toEqual([
      [3, 'house-rules-1', 'Welcome.', 'house rules.md'],
      [
        7,
        'house-rules/at-night',
        'Rooms, At night: Be quiet after eleven.',
        'house rules.md, Rooms, At night',
      ],
      [10, 'house-rules/at-night-2', 'Rooms, At night: No fires.', 'house rules.md, Rooms, At night'],
      [13, 'house-rules/café', 'Café: Open at 9.', 'house rules.md, Café'],
    ]);
  });

  it('may not be longer than a fact', () => {
    expect(read('a.md', `# A\n\n${'word '.repeat(500)}`).problems).toEqual([
      expect.stringMatching(/^3: this paragraph/),
    ]);
  });
});

describe('facts in plain text', () => {
  it('are its paragraphs', () => {
    const { facts } = read('rules.txt', 'One\nfact.\n\n\nAnother.\n');
    expect(facts.map(({ fact, line }) => [line, fact.id, fact.text])).toEqual([
      [1, 'rules-1', 'One fact.'],
      [5, 'rules-2', 'Another.'],
    ]);
  });
});
