/** A paragraph of a document: what chunks are made of. */
export interface Block {
  readonly text: string;
  /** What it stands under, outermost first. */
  readonly headings: readonly string[];
  /** From 1; of a PDF, the page. */
  readonly line: number;
}

export function plainSpaces(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
