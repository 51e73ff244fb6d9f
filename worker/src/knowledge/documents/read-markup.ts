import { headingOf, paragraphs, plainWords, withoutComments } from '../read-facts.ts';
import { type Block, plainSpaces } from './block.ts';

/** Markdown: its paragraphs under their headings. */
export function readMarkdownBlocks(text: string): Block[] {
  const headings: string[] = [];
  const blocks: Block[] = [];
  for (const { line, paragraph } of paragraphs(withoutComments(text))) {
    const heading = headingOf(paragraph);
    if (heading !== undefined) {
      headings.length = Math.min(headings.length, heading.level - 1);
      headings.push(heading.text);
    }
    const rest =
      heading === undefined ? paragraph : paragraph.slice(paragraph.indexOf('\n') + 1 || paragraph.length);
    const words = plainWords(rest);
    if (words !== '')
      blocks.push({ text: words, headings: [...headings], line: heading === undefined ? line : line + 1 });
  }
  return blocks;
}

export function readPlainBlocks(text: string): Block[] {
  return [...paragraphs(text, false)].map(({ line, paragraph }) => ({
    text: plainSpaces(paragraph),
    headings: [],
    line,
  }));
}
