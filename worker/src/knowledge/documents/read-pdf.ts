import { extractText, getDocumentProxy } from 'unpdf';
import { type Block, plainSpaces } from './block.ts';

/** @throws Error saying why this is not a PDF with text in it */
export async function readPdf(bytes: Uint8Array): Promise<Block[]> {
  const pages = await pagesOf(bytes);
  const blocks = pages.flatMap((text, index) =>
    text
      .split(/\n[ \t]*\n/)
      .map((paragraph) => plainSpaces(joined(paragraph)))
      .filter((paragraph) => paragraph !== '')
      .map((paragraph) => ({ text: paragraph, headings: [], line: index + 1 })),
  );
  if (blocks.length === 0)
    throw new Error('has no text in it; pages that were scanned need to be recognised first');
  return blocks;
}

async function pagesOf(bytes: Uint8Array): Promise<string[]> {
  try {
    // It takes the bytes for itself.
    const document = await getDocumentProxy(Uint8Array.from(bytes), { verbosity: 0 });
    try {
      return (await extractText(document, { mergePages: false })).text;
    } finally {
      await document.loadingTask.destroy();
    }
  } catch (error) {
    const { name, message } = error as Error;
    const reason = name === 'PasswordException' ? 'it needs a password' : message;
    throw new Error(`is not a PDF that can be read: ${reason}`, { cause: error });
  }
}

/** Words that were divided at the end of a line are whole again. */
function joined(text: string): string {
  return text.replace(/(\p{Ll})-\n(\p{Ll})/gu, '$1$2');
}
