import { findPersonalData, replacements } from './personal-data/find-personal-data.ts';
import { numberRuns } from './personal-data/number-runs.ts';
import { type PersonalKind, personalKinds } from './personal-data/personal-span.ts';
import { tokensOf } from './personal-data/tokens.ts';

/** A caller may be called by their name. */
const speakable: readonly PersonalKind[] = personalKinds.filter((kind) => kind !== 'PERSON');

export interface RedactionOptions {
  isEnabled: boolean;
  /** Of an agent's exceptions, `PII:<KIND>` lets that kind be spoken. */
  exceptions: readonly string[];
  /** What the agent's own files say: the company's address is nobody's personal data. */
  published: readonly string[];
}

export interface Masked {
  text: string;
  kinds: readonly PersonalKind[];
  /** Characters of the unmasked text about which more words change nothing. */
  certainUntil: number;
}

/** What is masked in what callers hear and read. Logs and evidence hold less: there all kinds are masked. */
export class Redaction {
  readonly #kinds: ReadonlySet<PersonalKind>;
  readonly #published: readonly string[];
  #essences: ReadonlySet<string> | undefined;

  constructor({ isEnabled, exceptions, published }: RedactionOptions) {
    const excepted = new Set(exceptions);
    this.#kinds = new Set(isEnabled ? speakable.filter((kind) => !excepted.has(`PII:${kind}`)) : []);
    this.#published = published;
  }

  /**
   * The text with its personal data replaced, and what kinds there were.
   * @param isWhole nothing follows; else what may be the beginning of more is left out
   */
  masked(text: string, isWhole = true): Masked {
    if (this.#kinds.size === 0) return { text, kinds: [], certainUntil: text.length };
    const kinds = new Set<PersonalKind>();
    const spokenUntil = isWhole ? Number.POSITIVE_INFINITY : text.trimEnd().length;
    let certainUntil = text.length;
    let safe = '';
    let at = 0;
    for (const { start, end, kind } of findPersonalData(text)) {
      if (!this.#kinds.has(kind) || this.#isPublished(text.slice(start, end))) continue;
      if (end >= spokenUntil) {
        certainUntil = start;
        break;
      }
      kinds.add(kind);
      safe += text.slice(at, start) + replacements[kind];
      at = end;
    }
    return { text: safe + text.slice(at, certainUntil), kinds: [...kinds], certainUntil };
  }

  #isPublished(data: string): boolean {
    // Not before it is needed: a large knowledge base takes a while to read.
    this.#essences ??= new Set(this.#published.flatMap(essencesOf));
    return this.#essences.has(essence(data));
  }
}

function essencesOf(text: string): string[] {
  if (!/[\d@]/.test(text)) return [];
  return findPersonalData(text).map(({ start, end }) => essence(text.slice(start, end)));
}

/** What two ways of writing or saying the same have in common: "(555) 01-23" and "five five five, oh one two three". */
function essence(text: string): string {
  const tokens = tokensOf(text);
  const said = tokens.map(({ kind, low }) => (kind === 'sign' || low === 'at' || low === 'dot' ? '' : low));
  for (const { first, last, digits } of numberRuns(tokens)) {
    said.fill('', first, last + 1);
    said[first] = digits;
  }
  return said.join('');
}
