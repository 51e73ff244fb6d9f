import type { Disclaimer } from '../../agents/agent.ts';
import type { Verdict } from '../decision.ts';
import type { Claims, ClaimVerdict } from './claims.ts';
import { type Sentence, sentencesOf } from './sentences.ts';

interface Judged extends Sentence {
  readonly claim: ClaimVerdict;
}

/** Characters after which a sentence that does not end is judged as it is: work per word is bounded. */
const longestSentence = 2_000;

/** What a turn of the agent claims, sentence by sentence, while its words come. */
export class ClaimedTurn {
  readonly #claims: Claims;
  #sentences: readonly Judged[] = [];
  #opinions: Verdict[] = [];
  #text = '';
  /** Where the first sentence begins that is not finished. */
  #from = 0;

  constructor(claims: Claims) {
    this.#claims = claims;
  }

  /**
   * Judges the sentences that are finished, each once.
   * @param text all of the turn so far
   * @param isWhole nothing follows: its last sentence is finished
   * @returns opinions on all of the turn that are more than "nothing claimed"
   */
  judge(text: string, isWhole: boolean): Verdict[] {
    // A final transcript may correct what came before it.
    if (!text.startsWith(this.#text.slice(0, this.#from))) this.#restart();
    this.#text = text;
    const finished: Judged[] = [];
    for (const sentence of sentencesOf(text.slice(this.#from))) {
      const start = this.#from + sentence.start;
      const end = this.#from + sentence.end;
      // "It costs 3." may go on with "50".
      if (!isWhole && (!sentence.isWhole || end === text.length)) break;
      finished.push({ ...sentence, start, end, claim: this.#claims.sentence(sentence.text) });
    }
    const from = finished.at(-1)?.end ?? this.#from;
    if (!isWhole && text.length - from > longestSentence) finished.push(this.#cutOff(text, from));
    if (finished.length > 0) {
      this.#set([...this.#sentences, ...finished]);
      this.#from = finished.at(-1)!.end;
    }
    return this.#opinions;
  }

  /** Lets their meaning be looked at, where that may change an opinion; 100 ms at most. Never rejects. */
  async check(): Promise<Verdict[]> {
    const before = this.#sentences;
    const checked = await Promise.all(
      before.map(async (one) =>
        one.claim.isSettled ? one : { ...one, claim: await this.#claims.check(one.text) },
      ),
    );
    // Unless it was corrected meanwhile.
    if (this.#sentences[0] === before[0]) this.#set([...checked, ...this.#sentences.slice(before.length)]);
    return this.#opinions;
  }

  /** Where the first sentence begins of which `check` may still say more; the end of the text when there is none. */
  get settledUntil(): number {
    return this.#sentences.find(({ claim }) => !claim.isSettled)?.start ?? this.#text.length;
  }

  /** The text without the sentences that must not be said. */
  get safeText(): string {
    let safe = '';
    let from = 0;
    for (const { start, end, claim } of this.#sentences) {
      if (claim.verdict.decision === 'allow') continue;
      safe += this.#text.slice(from, start);
      from = end;
    }
    return from === 0 ? this.#text : (safe + this.#text.slice(from)).replace(/\s{2,}/g, ' ').trim();
  }

  /** What goes with the claims that were made, each once. */
  get disclaimers(): Disclaimer[] {
    return [...new Set(this.#sentences.flatMap(({ claim }) => claim.disclaimers))];
  }

  /** What there is of a sentence without end. */
  #cutOff(text: string, start: number): Judged {
    const space = text.lastIndexOf(' ');
    const end = space > start ? space : text.length;
    const piece = text.slice(start, end);
    return { text: piece, start, end, isWhole: true, claim: this.#claims.sentence(piece) };
  }

  #set(sentences: readonly Judged[]): void {
    this.#sentences = sentences;
    // What is said again has the opinion it had.
    const opinions = sentences.flatMap(({ claim }) => (claim.kind === 'none' ? [] : [claim.verdict]));
    this.#opinions = [...new Set(opinions)];
  }

  #restart(): void {
    this.#set([]);
    this.#from = 0;
  }
}
