import type { Speaker } from '../speaker.ts';
import { type Category, categories, isCategory, ownCategory } from './category.ts';
import { anyHead, type Classifier, type TurnScores } from './classifier.ts';
import { classesOf, isInLexicon, unmasked } from './lexicon.ts';
import { allPatterns } from './patterns/all-patterns.ts';
import { PhraseMachine, type PhraseRun } from './phrase-machine.ts';
import { defaultThresholds, type Naming, namedFrom, type Thresholds } from './thresholds.ts';
import { type Vocabulary, type WordSink, Words } from './words.ts';

/** Something that may not be said. */
export interface Finding {
  readonly category: Category | typeof ownCategory;
  /** 1–5; from 4 on what is being said is cut. */
  readonly severity: number;
  /** What an agent excepts it by: a pattern's id or `classifier:<CATEGORY>`; `phrase:<place>` is one of its own. */
  readonly patternId: string;
  /** 0–1; 1 for a pattern. */
  readonly score: number;
}

/** What an agent asks of the moderation; the `policy` of its file has these fields. */
export interface ModerationOptions {
  readonly exceptions: readonly string[];
  readonly thresholds: Readonly<Record<string, number>>;
  readonly extraPhrases: readonly {
    readonly phrase: string;
    readonly category: string;
    readonly severity: number;
  }[];
}

/** How sure the classifier must be beyond its threshold while a sentence is still being said, in log-odds. */
const midSentenceMargin = 1;
/**
 * How sure it must be of all sentences of an agent together: a long explanation adds up what each weighs by chance, while
 * a caller may talk somebody into something over many sentences.
 */
const agentTurnMargin = 1.5;
/** Words after a match in which an excuse may still come. */
const excuseWords = 5;
/** A sentence that does not end is judged by the classifier in parts of this many words. */
const maximumSentence = 60;
/** Sentences of a turn that are known again. */
const maximumSaid = 200;
/** After so many words the classifier has an opinion on a sentence that is not over. */
const partWords = 16;

const classifierSeverity: Readonly<Record<Category, number>> = {
  JAILBREAK: 3,
  SELF_HARM: 4,
  VIOLENCE_THREATS: 4,
  HATE_SPEECH: 4,
  ILLEGAL_ACTIVITY: 3,
  EXPLICIT_CONTENT: 3,
  HARASSMENT: 3,
};

const base = new PhraseMachine(
  allPatterns.flatMap(({ says, unless = [] }, index) => [
    ...says.map((phrase) => ({ phrase, number: index * 2 })),
    ...unless.map((phrase) => ({ phrase, number: index * 2 + 1 })),
  ]),
);

const vocabulary: Vocabulary = {
  has: (word) => isInLexicon(word) || base.literals.has(word),
  unmasked,
};

interface AgentPhrase {
  readonly words: number;
  readonly finding: Finding | undefined;
}

/** The moderation of one agent. Pure, and the same for all its calls. */
export class Moderation {
  readonly thresholds: Thresholds;
  readonly #naming: Naming;
  readonly #classifier: Classifier | undefined;
  readonly #excepted: ReadonlySet<string>;
  readonly #own: PhraseMachine | undefined;
  readonly #ownPhrases: readonly AgentPhrase[];

  /**
   * @param usual thresholds where the agent names none
   * @param naming from where on what is harm is said to be of a further kind
   * @throws Error naming a category that there is not
   */
  constructor(
    options?: ModerationOptions,
    classifier?: Classifier,
    usual: Thresholds = defaultThresholds,
    naming: Naming = namedFrom,
  ) {
    const { exceptions = [], thresholds = {}, extraPhrases = [] } = options ?? {};
    for (const name of [...Object.keys(thresholds), ...extraPhrases.map(({ category }) => category)]) {
      if (!isCategory(name) && name !== ownCategory)
        throw new Error(`no moderation category ${name}: there are ${categories.join(', ')}`);
    }
    this.thresholds = { ...usual, ...thresholds };
    // An agent that says how sure one must be of a kind has it named from there on only.
    this.#naming = { ...naming, ...thresholds };
    this.#classifier = classifier;
    this.#excepted = new Set(exceptions);
    const own: { phrase: string; said: AgentPhrase }[] = [];
    for (const phrase of exceptions) {
      // What looks like an id is one; a phrase may be of one word, too.
      if (/[.:]/.test(phrase)) continue;
      const words = wordsOf(phrase);
      if (words.length > 0)
        own.push({ phrase: literal(words), said: { words: words.length, finding: undefined } });
    }
    for (const [place, { phrase, category, severity }] of extraPhrases.entries()) {
      const words = wordsOf(phrase);
      if (words.length === 0 || !(isCategory(category) || category === ownCategory)) continue;
      // Named by its place: the log must not hold what was said.
      const finding: Finding = { category, severity, patternId: `phrase:${place + 1}`, score: 1 };
      own.push({ phrase: literal(words), said: { words: words.length, finding } });
    }
    this.#ownPhrases = own.map(({ said }) => said);
    if (own.length > 0) this.#own = new PhraseMachine(own.map(({ phrase }, number) => ({ phrase, number })));
  }

  /** A turn whose words are only listened to: for the training. */
  static listen(speaker: Speaker, scores: TurnScores): ModeratedTurn {
    return new ModeratedTurn(speaker, {
      thresholds: defaultThresholds,
      naming: namedFrom,
      scores,
      isExcepted: () => false,
    });
  }

  /** Judges a turn while it grows: cost is in what is new, not in what there is. */
  turn(speaker: Speaker): ModeratedTurn {
    const run = this.#own?.start();
    return new ModeratedTurn(speaker, {
      thresholds: this.thresholds,
      naming: this.#naming,
      scores: this.#classifier?.start(),
      isExcepted: (id) => this.#excepted.has(id),
      ...(run === undefined ? {} : { own: { run, phrases: this.#ownPhrases } }),
    });
  }

  /** Judges a whole text. */
  moderate(speaker: Speaker, text: string): readonly Finding[] {
    const turn = this.turn(speaker);
    turn.push(text);
    turn.finish();
    return turn.findings;
  }
}

/** What judges a turn: the training puts something in place of the classifier that only listens. */
export interface TurnOptions {
  readonly thresholds: Thresholds;
  readonly naming: Naming;
  readonly scores: TurnScores | undefined;
  readonly isExcepted: (id: string) => boolean;
  readonly own?: { readonly run: PhraseRun; readonly phrases: readonly AgentPhrase[] };
}

interface Pending {
  readonly pattern: number;
  readonly at: number;
}

/** One turn of one speaker. What was found stays found. */
export class ModeratedTurn {
  readonly #speaker: Speaker;
  readonly #turnMargin: number;
  readonly #options: TurnOptions;
  readonly #findings: Finding[] = [];
  readonly #overruled = new Set<string>();
  readonly #words: Words;
  readonly #run = base.start();
  readonly #heard: number[] = [];
  readonly #excused = new Set<number>();
  #pending: Pending[] = [];
  /** Words of the sentence, and which of them an exception of the agent covers. */
  #sentence: string[] = [];
  #covered = new Set<number>();
  readonly #pairs = new Set<string>();
  #scored = 0;
  #sentences = 0;
  /** The words since the last part was judged, and the parts so far. */
  readonly #part: string[] = [];
  readonly #said = new Set<string>();
  /** Findings when the sentence began. */
  #foundBefore = 0;

  constructor(speaker: Speaker, options: TurnOptions) {
    this.#speaker = speaker;
    this.#turnMargin = speaker === 'user' ? 0 : agentTurnMargin;
    this.#options = options;
    const sink: WordSink = {
      word: (word) => this.#word(word),
      sentence: () => this.#endSentence(),
      quote: () => options.scores?.quote(),
    };
    this.#words = new Words(vocabulary, sink);
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** Patterns that were met and are excepted by the agent. */
  get overruled(): readonly string[] {
    return [...this.#overruled];
  }

  /** More of the turn. A word is judged when it is over: at the next space, or at `finish`. */
  push(text: string): void {
    this.#words.push(text);
  }

  /** The turn is over. */
  finish(): void {
    this.#words.finish();
  }

  #word(word: string): void {
    const at = this.#sentence.length;
    const classes = classesOf(word);
    this.#sentence.push(word);
    const { scores } = this.#options;
    // What is said over and over counts once.
    const pair = `${this.#sentence[at - 1] ?? ''} ${word}`;
    if (!this.#pairs.has(pair)) scores?.word(word, classes);
    this.#pairs.add(pair);
    this.#part.push(word);
    this.#scored += 1;
    this.#ownWord(word, classes, at);
    const heard = this.#heard;
    heard.length = 0;
    this.#run.word(word, classes, at === 0, heard);
    for (const number of heard) {
      const pattern = number >> 1;
      const { id, unless } = allPatterns[pattern] ?? {};
      if (id === undefined) continue;
      const isExcuse = number % 2 === 1;
      scores?.phrase(id, isExcuse);
      if (isExcuse) this.#excused.add(pattern);
      else if (unless === undefined && this.#options.own === undefined) this.#find(pattern);
      else this.#pending.push({ pattern, at });
    }
    this.#settle(excuseWords);
    // Half a sentence is judged only where it is long; an agent's exception may still be half said.
    if (scores !== undefined && this.#scored % partWords === 0 && this.#options.own === undefined)
      this.#classify(scores.ofSentence(midSentenceMargin), midSentenceMargin);
    if (this.#scored >= maximumSentence) this.#endPart();
  }

  #ownWord(word: string, classes: readonly number[], at: number): void {
    const { own, scores } = this.#options;
    if (own === undefined) return;
    const heard: number[] = [];
    own.run.word(word, classes, at === 0, heard);
    for (const number of heard) {
      const { words, finding } = own.phrases[number] ?? { words: 0, finding: undefined };
      if (finding !== undefined) this.#add(finding);
      else {
        for (let covered = at - words + 1; covered <= at; covered += 1) this.#covered.add(covered);
        if (scores === undefined) continue;
        scores.dropSentence();
        for (const [place, said] of this.#sentence.entries()) {
          if (!this.#covered.has(place)) scores.word(said, classesOf(said));
        }
      }
    }
  }

  /** Decides on what was matched at least `after` words ago. */
  #settle(after: number): void {
    if (this.#pending.length === 0) return;
    const now = this.#sentence.length - 1;
    const waiting: Pending[] = [];
    for (const match of this.#pending) {
      if (this.#excused.has(match.pattern) || this.#covered.has(match.at)) continue;
      if (now - match.at >= after) this.#find(match.pattern);
      else waiting.push(match);
    }
    this.#pending = waiting;
  }

  #find(pattern: number): void {
    const { id, category, severity } = allPatterns[pattern] ?? {};
    if (id === undefined || category === undefined || severity === undefined) return;
    this.#add({ category, severity, patternId: id, score: 1 });
  }

  /** @returns false if the agent excepts it, or it is none for this speaker */
  #add(finding: Finding): boolean {
    // To break out is the caller's part; an agent that speaks of instructions and scripts has not been broken out of.
    // What one would say that has is harm of another kind.
    if (this.#speaker === 'assistant' && finding.category === 'JAILBREAK') return false;
    if (this.#options.isExcepted(finding.patternId)) {
      this.#overruled.add(finding.patternId);
      return false;
    }
    const known = this.#findings.findIndex(({ patternId }) => patternId === finding.patternId);
    if (known < 0) this.#findings.push(finding);
    else if (finding.severity > (this.#findings[known]?.severity ?? 0)) this.#findings[known] = finding;
    return true;
  }

  #classify(logits: Float64Array, margin: number): void {
    const { naming, thresholds } = this.#options;
    const scores = categories.map((_, head) => odds((logits[head] ?? 0) - margin));
    const any = odds((logits[anyHead] ?? 0) - margin);
    let isHarm = this.#findings.length > this.#foundBefore;
    for (const [head, category] of categories.entries()) {
      const score = scores[head] ?? 0;
      if (score < thresholds[category]) continue;
      if (this.#addOfClassifier(category, score, classifierSeverity[category])) isHarm = true;
    }
    if (!isHarm && any >= thresholds.any) {
      const category = categories[scores.indexOf(Math.max(...scores))];
      isHarm = category !== undefined && this.#addOfClassifier(category, any, classifierSeverity[category]);
    }
    if (!isHarm) return;
    // What it also is does not make it graver.
    const gravest = Math.max(1, ...this.#findings.map(({ severity }) => severity));
    for (const [head, category] of categories.entries()) {
      const score = scores[head] ?? 0;
      if (score >= naming[category])
        this.#addOfClassifier(category, score, Math.min(gravest, classifierSeverity[category]));
    }
  }

  #addOfClassifier(category: Category, score: number, severity: number): boolean {
    return this.#add({ category, severity, patternId: `classifier:${category}`, score });
  }

  /** The classifier's part is over; phrases go on. */
  #endPart(): void {
    const { scores } = this.#options;
    this.#scored = 0;
    this.#pairs.clear();
    if (scores === undefined) return;
    this.#classify(scores.ofSentence(0), 0);
    const said = this.#part.join(' ');
    this.#part.length = 0;
    // A turn grows no more harmful by saying a sentence again.
    if (this.#said.has(said)) {
      scores.dropSentence();
      return;
    }
    if (this.#said.size < maximumSaid) this.#said.add(said);
    scores.sentence();
    this.#sentences += 1;
    if (this.#sentences > 1) this.#classify(scores.ofTurn(), this.#turnMargin);
  }

  #endSentence(): void {
    if (this.#sentence.length === 0) return;
    this.#settle(0);
    if (this.#scored > 0) this.#endPart();
    this.#run.sentence();
    this.#options.own?.run.sentence();
    this.#excused.clear();
    this.#pending.length = 0;
    this.#sentence = [];
    this.#covered.clear();
    this.#foundBefore = this.#findings.length;
  }
}

function odds(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function wordsOf(phrase: string): string[] {
  const words: string[] = [];
  const reader = new Words(vocabulary, { word: (word) => words.push(word), sentence() {}, quote() {} });
  reader.push(phrase);
  reader.finish();
  return words;
}

/** Words as a phrase of the machine: its signs are none of the words'. */
function literal(words: readonly string[]): string {
  return words.filter((word) => !/[()|?<>_]/.test(word)).join(' ');
}
