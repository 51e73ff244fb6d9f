import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { type Block, plainSpaces } from './block.ts';

type Node = DefaultTreeAdapterTypes.ChildNode;

/** What a reader of the page does not read, or finds on every page. */
const skipped = new Set(
  'head script style noscript template nav header footer aside form button svg iframe select dialog'.split(
    ' ',
  ),
);
/** What begins a paragraph of its own. */
const paragraphs = new Set(
  'address article blockquote body caption dd details div dl dt figcaption figure hr html li main ol p pre section summary table tbody td tfoot th thead tr ul'.split(
    ' ',
  ),
);

/** The paragraphs of a page under their headings; any text is HTML of some kind, so this never fails. */
export function readHtml(html: string): Block[] {
  const blocks: Block[] = [];
  const headings: string[] = [];
  let text = '';
  let line = 1;

  const flush = () => {
    const words = plainSpaces(text);
    text = '';
    if (words !== '')
      blocks.push({ text: words, headings: headings.filter((one) => one !== undefined), line });
  };
  const visit = (node: Node): void => {
    if (node.nodeName === '#text' && 'value' in node) {
      if (text.trim() === '' && node.value.trim() !== '') line = node.sourceCodeLocation?.startLine ?? line;
      text += node.value;
      return;
    }
    if (!('tagName' in node) || skipped.has(node.tagName) || isHidden(node)) return;
    const level = /^h([1-6])$/.exec(node.tagName)?.[1];
    if (level !== undefined) {
      flush();
      node.childNodes.forEach(visit);
      const words = plainSpaces(text);
      text = '';
      headings.length = Math.min(headings.length, Number(level) - 1);
      if (words !== '') headings[Number(level) - 1] = words;
      return;
    }
    // The cells of a row belong together.
    if (node.tagName === 'td' || node.tagName === 'th') text += text.trim() === '' ? '' : '; ';
    else if (paragraphs.has(node.tagName)) flush();
    else if (node.tagName === 'br') text += ' ';
    node.childNodes.forEach(visit);
    if (paragraphs.has(node.tagName) && node.tagName !== 'td' && node.tagName !== 'th') flush();
  };
  parse(html, { sourceCodeLocationInfo: true }).childNodes.forEach(visit);
  flush();
  return blocks;
}

function isHidden(node: DefaultTreeAdapterTypes.Element): boolean {
  return node.attrs.some(
    ({ name, value }) => name === 'hidden' || (name === 'aria-hidden' && value === 'true'),
  );
}
