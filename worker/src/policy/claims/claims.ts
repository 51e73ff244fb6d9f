import type { AllowedClaim, Disclaimer } from '../../agents/agent.ts';
import type { Embedder } from '../../embedding/embedder.ts';
import { primaryLanguage } from '../../knowledge/stop-words.ts';
import { allowed, type Verdict } from '../decision.ts';
import { conflictOf, sharedTerms } from './compare.ts';
import { foreignFrame } from './foreign-frame.ts';
import { type Frame, frameOf, readFrame } from './frame.ts';
import { likenessOf } from './likeness.ts';
import { piecesOf } from './pieces.ts';
import { plainEnglish } from './plain-english.ts';
import { isProductAssertion, type Stance, stanceOf } from './stance.ts';

/** What a call waits for the meaning of a sentence. */
const deadlineMs = 100;
/** Agents say the same sentences again. */
const maxCached = 2000;
/** Longer than this is no sentence; its beginning is judged. */
const longestSentence = 1000;
const rewriteSeverity = 3;

/** From here on a sentence makes a claim: by its words alone, and with its meaning. Chosen on evals/claims/development. */
export const thresholds = { words: 0.75, meaning: 0.7, nearWords: 0.55, nearMeaning: 0.55 };

export type ClaimKind = 'none' | 'allowed' | 'disallowed' | 'unverified';
/** What becomes of an assertion that no allowed claim covers. */
export type Unverified = 'allow' | 'rewrite' | 'refuse';

/** What a sentence claims, and what follows from it. */
export interface ClaimVerdict {
  readonly kind: ClaimKind;
  /** Ids of the allowed claims it makes. */
  readonly claims: readonly string[];
  /** Those that go with these claims. */
  readonly disclaimers: readonly Disclaimer[];
  /** Without `safeRewrite`: only the turn knows what is around the sentence. */
  readonly verdict: Verdict;
  /** False: `check` may still say something stricter, or name a claim. */
  readonly isSettled: boolean;
}

export interface ClaimsOptions {
  /** BCP 47. Meaning, and what an assertion is, are known of English only. */
  language: string;
  allowed: readonly AllowedClaim[];
  disallowed: readonly { readonly id: string; readonly text: string }[];
  disclaimers: readonly Disclaimer[];
  /** Facts of the knowledge a sentence may stand on: they cover it as an allowed claim does. */
  factsLike?: (sentence: string) => readonly string[];
  unverified: Unverified;
  /** Undefined: by words alone. */
  embedder: Pick<Embedder, 'embed' | 'embedAll'> | undefined;
}

interface Known {
  readonly id: string;
  readonly isAllowed: boolean;
  readonly text: string;
  readonly frame: Frame;
  vector?: Float32Array;
}

/** A sentence, or one of its statements. */
interface Piece {
  readonly plain: string;
  readonly stance: Stance;
  readonly frame: Frame;
}

/** Its words are covered by nothing; what it means may be. */
const undecided: ClaimVerdict = {
  ...{ kind: 'unverified', claims: [], disclaimers: [], isSettled: false },
  verdict: objection('allow', 'CLAIMS:UNVERIFIED', 'unverified-claim'),
};
const nothing: ClaimVerdict = {
  kind: 'none',
  claims: [],
  disclaimers: [],
  verdict: allowed,
  isSettled: true,
};

/** What the agent's sentences claim of its product. Pure but for what it remembers; the same for all calls of an agent. */
export class Claims {
  readonly #options: ClaimsOptions;
  readonly #isEnglish: boolean;
  readonly #known: readonly Known[];
  readonly #productTerms: ReadonlySet<string>;
  readonly #isProductTerm = (term: string) => this.#productTerms.has(term);
  readonly #cache = new Map<string, ClaimVerdict>();
  #hasVectors = false;
  #isPreparing = false;

  constructor(options: ClaimsOptions) {
    this.#options = options;
    this.#isEnglish = primaryLanguage(options.language) === 'en';
    const known = (isAllowed: boolean) => (claim: { id: string; text: string }) => ({
      ...{ id: claim.id, text: claim.text, isAllowed },
      frame: this.#frame(claim.text),
    });
    this.#known = [...options.disallowed.map(known(false)), ...options.allowed.map(known(true))];
    this.#productTerms = new Set(this.#known.flatMap(({ frame }) => [...frame.terms]));
  }

  /** Makes the embeddings of the claims; until they are there, words alone decide. @throws when they cannot be made */
  async prepare(): Promise<void> {
    const { embedder } = this.#options;
    if (!this.#isEnglish || embedder === undefined || this.#known.length === 0 || this.#isPreparing) return;
    this.#isPreparing = true;
    try {
      const vectors = await embedder.embedAll(this.#known.map(({ text }) => text));
      for (const [at, claim] of this.#known.entries()) claim.vector = vectors[at]!;
      this.#hasVectors = true;
      this.#cache.clear();
    } finally {
      this.#isPreparing = false;
    }
  }

  /** What a finished sentence of the agent claims, at once, by its words and by what is known of it. */
  sentence(text: string): ClaimVerdict {
    if (this.#known.length === 0) return nothing;
    const key = text.slice(0, longestSentence);
    const cached = this.#cache.get(key);
    if (cached !== undefined) {
      this.#cache.delete(key);
      this.#cache.set(key, cached);
      return cached;
    }
    const verdict = this.#judge(key, undefined);
    this.#keep(key, verdict);
    return verdict;
  }

  /** The same for good, with the meaning of the sentence if that is there in 100 ms. Never rejects. */
  async check(text: string): Promise<ClaimVerdict> {
    const first = this.sentence(text);
    const { embedder } = this.#options;
    // It broke when they were to be made; it may be there again.
    if (!this.#hasVectors) this.prepare().catch(() => {});
    if (first.isSettled || embedder === undefined || !this.#hasVectors) return first;
    const key = text.slice(0, longestSentence);
    const vectors = await embedder.embed([key], { deadlineMs });
    if (vectors === undefined) {
      const byWords = first.kind === 'unverified' ? this.#unverified() : {};
      return { ...first, ...byWords, isSettled: true };
    }
    const verdict = this.#judge(key, vectors[0]);
    this.#keep(key, verdict);
    return verdict;
  }

  #judge(text: string, meaning: Float32Array | undefined): ClaimVerdict {
    // "I cannot say more, but the rooms are quiet": what is not claimed does not excuse the rest.
    const pieces = piecesOf(text)
      .map((piece) => this.#read(piece))
      .filter(({ stance }) => stance !== 'not claimed');
    const [first, ...parts] = pieces;
    if (first === undefined) return nothing;
    const made = this.#known.filter((claim) => pieces.some((piece) => this.#makes(claim, piece, meaning)));
    const disallowed = made.find(({ isAllowed }) => !isAllowed);
    if (disallowed !== undefined)
      return {
        ...{ kind: 'disallowed', claims: [], disclaimers: [], isSettled: true },
        verdict: objection('rewrite', 'CLAIMS:DISALLOWED', disallowed.id),
      };
    if (made.length > 0) {
      const isWhole = made.some((claim) => this.#makes(claim, first, meaning));
      const isCovered = isWhole || parts.every((part) => this.#isCovered(part, made, meaning));
      return isCovered ? this.#allowed(made) : { ...this.#allowed(made), ...this.#unverified() };
    }
    // "It is not the best": what must not be claimed is denied.
    if (this.#known.some((claim) => this.#denies(claim, first, meaning))) return nothing;
    const mayBeMeant = this.#hasVectors && meaning === undefined && this.#mayMean(first);
    if (!this.#isAssertion(first, meaning) || this.#isFact(text, pieces))
      return { ...nothing, isSettled: !mayBeMeant };
    return mayBeMeant ? undecided : { ...this.#allowed([]), ...this.#unverified() };
  }

  #read(text: string): Piece {
    if (!this.#isEnglish) {
      const stance = /\?\s*$/.test(text) ? 'not claimed' : 'claimed';
      return { plain: text, stance, frame: this.#frame(text) };
    }
    const plain = plainEnglish(text);
    return { plain, stance: stanceOf(plain), frame: readFrame(plain) };
  }

  #isCovered(part: Piece, made: readonly Known[], meaning: Float32Array | undefined): boolean {
    return (
      made.some((claim) => this.#makes(claim, part, meaning)) ||
      part.stance !== 'claimed' ||
      !isProductAssertion(part.plain, part.frame, this.#isProductTerm)
    );
  }

  #isAssertion(piece: Piece, meaning: Float32Array | undefined): boolean {
    if (!this.#isEnglish) return false;
    const isClaimed = piece.stance === 'claimed';
    // Nearly a claim, with another figure, denied, or of another thing.
    const from = isClaimed ? nearness(meaning) : sameness(meaning);
    return (
      this.#known.some((claim) => score(claim, piece.frame, meaning) >= from) ||
      (isClaimed && isProductAssertion(piece.plain, piece.frame, this.#isProductTerm))
    );
  }

  #allowed(made: readonly Known[]): ClaimVerdict {
    const ids = made.map(({ id }) => id);
    const claims = this.#options.allowed.filter(({ id }) => ids.includes(id));
    const disclaimers = this.#options.disclaimers.filter(
      ({ id, when }) =>
        claims.some(({ disclaimer }) => disclaimer === id) ||
        when.claims.some((claim) => ids.includes(claim)),
    );
    return {
      kind: 'allowed',
      claims: claims.map(({ id }) => id),
      disclaimers,
      verdict: allowed,
      isSettled: true,
    };
  }

  #unverified(): Pick<ClaimVerdict, 'kind' | 'verdict'> {
    const verdict = objection(this.#options.unverified, 'CLAIMS:UNVERIFIED', 'unverified-claim');
    return { kind: 'unverified', verdict };
  }

  #makes(claim: Known, { frame }: Piece, meaning: Float32Array | undefined): boolean {
    return (
      conflictOf(frame, claim.frame, !claim.isAllowed) === undefined &&
      score(claim, frame, meaning) >= sameness(meaning)
    );
  }

  #denies(claim: Known, { frame }: Piece, meaning: Float32Array | undefined): boolean {
    if (claim.isAllowed || score(claim, frame, meaning) < sameness(meaning)) return false;
    return frame.isNotEvery || conflictOf(frame, claim.frame, true) === 'negation';
  }

  /** Whether it is worth asking what the sentence means. */
  #mayMean({ frame, plain }: Piece): boolean {
    for (const term of frame.terms) if (this.#productTerms.has(term)) return true;
    return isProductAssertion(plain, frame, () => false);
  }

  /** Asked only where it matters: a search costs more than all the rest. */
  #isFact(text: string, pieces: readonly Piece[]): boolean {
    const { factsLike, unverified } = this.#options;
    if (factsLike === undefined || unverified === 'allow') return false;
    return factsLike(text).some((fact) => {
      const known = { id: '', isAllowed: true, text: fact, frame: this.#frame(fact) };
      return pieces.some((piece) => this.#makes(known, piece, undefined));
    });
  }

  #frame(text: string): Frame {
    return this.#isEnglish ? frameOf(text) : foreignFrame(text, this.#options.language);
  }

  #keep(text: string, verdict: ClaimVerdict): void {
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= maxCached && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(text, verdict);
  }
}

/** How alike sentence and claim are, 0–1, whether or not they can mean the same. */
function score(claim: Known, frame: Frame, meaning: Float32Array | undefined): number {
  const { recall, precision } = sharedTerms(frame, claim.frame);
  const words = 0.7 * recall + 0.3 * precision;
  if (meaning === undefined || claim.vector === undefined) return words;
  return 0.5 * words + 0.5 * likenessOf(claim.vector, meaning);
}

function sameness(meaning: Float32Array | undefined): number {
  return meaning === undefined ? thresholds.words : thresholds.meaning;
}

function nearness(meaning: Float32Array | undefined): number {
  return meaning === undefined ? thresholds.nearWords : thresholds.nearMeaning;
}

function objection(decision: Verdict['decision'], reasonCode: string, rule: string): Verdict {
  return {
    decision,
    reasonCodes: [reasonCode],
    severity: decision === 'allow' ? 0 : rewriteSeverity,
    rules: [rule],
  };
}
