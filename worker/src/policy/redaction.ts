import { findPersonalData, personalDataIn, replacements } from './personal-data/find-personal-data.ts';
import { RunningMask } from './personal-data/masked-so-far.ts';
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

  /** The text with its personal data replaced, and what kinds there were. */
  masked(text: string): { text: string; kinds: ReadonlySet<PersonalKind> } {
    const kinds = new Set<PersonalKind>();
    if (this.#kinds.size === 0) return { text, kinds };
    let safe = '';
    let at = 0;
    for (const { start, end, kind } of personalDataIn(text)) {
      if (!this.#kinds.has(kind) || this.#isPublished(text.slice(start, end))) continue;
      kinds.add(kind);
      safe += text.slice(at, start) + replacements[kind];
      at = end;
    }
    return { text: safe + text.slice(at), kinds };
  }

  /** The same for a text that grows; undefined: nothing is masked. */
  running(): RunningMask | undefined {
    return this.#kinds.size === 0
      ? undefined
      : new RunningMask(this.#kinds, (data) => this.#isPublished(data));
  }

  #isPublished(data: string): boolean {
    // Not before it is needed: a large knowledge base takes a while to read.
    this.#essences ??= new Set(this.#published.flatMap(essencesOf));
    return this.#essences.has(essence(data));
  }
}

function essencesOf(text: string): string[] {
  if (!/[\d@]/.test(text)) return [];
  return findPersonalData(text, false).map(({ start, end }) => essence(text.slice(start, end)));
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
