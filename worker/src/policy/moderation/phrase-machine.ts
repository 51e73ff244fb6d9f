import { classNames, type WordClass } from './lexicon.ts';

/**
 * Many phrases at once over a stream of words, in time linear in the words: a non-deterministic machine whose states
 * are followed in parallel, so no phrase can make it go back.
 *
 * A phrase: words and `<class>`es in order; `a|b` one of several; `(a b|c)` groups; `x?` may be missing; `..3` up to
 * three words of any kind; `^` the start of a sentence. `_` inside a word is a space of its own (`new_york`). Alternatives
 * written without spaces bind tighter than a sequence (`i|we will`), those with spaces looser (`(i will | we shall)`).
 */
export class PhraseMachine {
  /** For each state: what may come next. */
  readonly #states: State[] = [];
  readonly #byWord = new Map<string, number[]>();
  readonly #byClass: Step[][] = classNames.map(() => []);
  readonly #anchoredByWord = new Map<string, number[]>();
  readonly #anchoredByClass: Step[][] = classNames.map(() => []);
  readonly #literals = new Set<string>();
  #marks: Marks | undefined;

  /** @param phrases with the number that is told when one is heard */
  constructor(phrases: readonly { readonly phrase: string; readonly number: number }[]) {
    for (const { phrase, number } of phrases) this.#add(phrase, number);
  }

  get states(): number {
    return this.#states.length;
  }

  /** Words that phrases name. */
  get literals(): ReadonlySet<string> {
    return this.#literals;
  }

  #add(phrase: string, number: number): void {
    const anchored = phrase.startsWith('^');
    const tree = parse(anchored ? phrase.slice(1) : phrase);
    const end = this.#state([], [number]);
    const start = this.#compile(tree, [end]);
    if (start.includes(end)) throw new Error(`a phrase that nothing need be said for: ${phrase}`);
    const byWord = anchored ? this.#anchoredByWord : this.#byWord;
    const byClass = anchored ? this.#anchoredByClass : this.#byClass;
    for (const state of start) {
      const { words, others } = this.#at(state);
      for (const [word, next] of words) put(byWord, word, next);
      for (const step of others) {
        if (step.wordClass >= 0) byClass[step.wordClass]?.push(step);
        else throw new Error(`a phrase that starts with any word: ${phrase}`);
      }
    }
  }

  #state(steps: readonly Step[], accepts: readonly number[]): number {
    const state: State = { words: new Map(), others: [], accepts };
    for (const step of steps) {
      if (step.word === undefined) state.others.push(step);
      else put(state.words, step.word, step.next);
    }
    this.#states.push(state);
    return this.#states.length - 1;
  }

  #at(state: number): State {
    const found = this.#states[state];
    if (found === undefined) throw new Error(`no state ${state}`);
    return found;
  }

  /** Builds from the end: gives the states in which `node` may begin so that `next` follow it. */
  #compile(node: Node, next: readonly number[]): number[] {
    switch (node.kind) {
      case 'sequence':
        return node.parts.reduceRight<number[]>((after, part) => this.#compile(part, after), [...next]);
      case 'choice':
        return this.#merged(
          [...new Set(node.options.flatMap((option) => this.#compile(option, next)))],
          next,
        );
      case 'optional':
        return [...new Set([...next, ...this.#compile(node.part, next)])];
      case 'gap': {
        let after = [...next];
        for (let words = 0; words < node.words; words += 1) {
          after = [...new Set([...next, this.#state([{ word: undefined, wordClass: -1, next: after }], [])])];
        }
        return after;
      }
      case 'word':
        this.#literals.add(node.word);
        return [this.#state([{ word: node.word, wordClass: -1, next: [...next] }], [])];
      case 'class':
        return [this.#state([{ word: undefined, wordClass: node.wordClass, next: [...next] }], [])];
    }
  }

  /** One state for all the ways a choice may begin: a word is looked up in it once. */
  #merged(starts: readonly number[], next: readonly number[]): number[] {
    const own = starts.filter((state) => !next.includes(state));
    if (own.length < 2) return [...starts];
    const merged = this.#state([], []);
    const target = this.#at(merged);
    for (const state of own) {
      const from = this.#at(state);
      for (const [word, after] of from.words) put(target.words, word, after);
      target.others.push(...from.others);
    }
    return [...starts.filter((state) => next.includes(state)), merged];
  }

  start(): PhraseRun {
    // Runs take turns, a word at a time: one set of marks serves them all.
    this.#marks ??= { entered: new Float64Array(this.#states.length), time: 0 };
    return new PhraseRun(this.#states, this.#marks, {
      byWord: this.#byWord,
      byClass: this.#byClass,
      anchoredByWord: this.#anchoredByWord,
      anchoredByClass: this.#anchoredByClass,
    });
  }
}

interface Step {
  readonly word: string | undefined;
  /** −1: any word, if `word` is undefined too. */
  readonly wordClass: number;
  readonly next: readonly number[];
}

interface State {
  /** What comes after a word that may be said here. */
  readonly words: Map<string, number[]>;
  readonly others: Step[];
  /** Phrases that are over when this is reached. */
  readonly accepts: readonly number[];
}

function put(words: Map<string, number[]>, word: string, next: readonly number[]): void {
  words.set(word, [...new Set([...(words.get(word) ?? []), ...next])]);
}

interface Starts {
  readonly byWord: ReadonlyMap<string, readonly number[]>;
  readonly byClass: readonly (readonly Step[])[];
  readonly anchoredByWord: ReadonlyMap<string, readonly number[]>;
  readonly anchoredByClass: readonly (readonly Step[])[];
}

/** When each state was last entered. */
interface Marks {
  readonly entered: Float64Array;
  time: number;
}

/** Where all phrases are in one turn. */
export class PhraseRun {
  readonly #states: readonly State[];
  readonly #starts: Starts;
  readonly #marks: Marks;
  #active: number[] = [];
  #spare: number[] = [];

  constructor(states: readonly State[], marks: Marks, starts: Starts) {
    this.#states = states;
    this.#starts = starts;
    this.#marks = marks;
  }

  /** A phrase does not go on in the next sentence. */
  sentence(): void {
    this.#active.length = 0;
  }

  /** @returns the numbers of phrases that end with this word */
  word(word: string, classes: readonly number[], isFirst: boolean, heard: number[]): void {
    this.#marks.time += 1;
    const now = this.#active;
    const next = this.#spare;
    next.length = 0;
    for (const state of now) {
      const at = this.#states[state];
      if (at === undefined) continue;
      const after = at.words.get(word);
      if (after !== undefined) this.#enter(after, next, heard);
      for (const step of at.others) {
        if (step.wordClass < 0 || classes.includes(step.wordClass)) this.#enter(step.next, next, heard);
      }
    }
    const { byWord, byClass, anchoredByWord, anchoredByClass } = this.#starts;
    this.#enter(byWord.get(word) ?? nowhere, next, heard);
    for (const wordClass of classes)
      for (const step of byClass[wordClass] ?? []) this.#enter(step.next, next, heard);
    if (isFirst) {
      this.#enter(anchoredByWord.get(word) ?? nowhere, next, heard);
      for (const wordClass of classes) {
        for (const step of anchoredByClass[wordClass] ?? []) this.#enter(step.next, next, heard);
      }
    }
    this.#active = next;
    this.#spare = now;
  }

  #enter(states: readonly number[], next: number[], heard: number[]): void {
    const { entered, time } = this.#marks;
    for (const state of states) {
      if (entered[state] === time) continue;
      entered[state] = time;
      next.push(state);
      for (const number of this.#states[state]?.accepts ?? nowhere) heard.push(number);
    }
  }
}

const nowhere: readonly number[] = [];

type Node =
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'optional'; readonly part: Node }
  | { readonly kind: 'gap'; readonly words: number }
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'class'; readonly wordClass: number };

/** @throws Error naming the phrase and what is wrong with it */
function parse(phrase: string): Node {
  const tokens = phrase.match(/(?:<[a-z]+>|[^\s()|?<>]+)(?:\|(?:<[a-z]+>|[^\s()|?<>]+))*|[()|?]/g) ?? [];
  let at = 0;
  const wrong = (what: string): never => {
    throw new Error(`phrase "${phrase}": ${what}`);
  };
  function choice(): Node {
    const options: Node[] = [sequence()];
    while (tokens[at] === '|') {
      at += 1;
      options.push(sequence());
    }
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options };
  }
  function sequence(): Node {
    const parts: Node[] = [];
    while (at < tokens.length && tokens[at] !== '|' && tokens[at] !== ')') parts.push(item());
    if (parts.length === 0) wrong('an alternative without words');
    return { kind: 'sequence', parts };
  }
  function item(): Node {
    const token = tokens[at] ?? wrong('ends early');
    at += 1;
    let node: Node;
    if (token === '(') {
      node = choice();
      if (tokens[at] !== ')') wrong('a bracket is not closed');
      at += 1;
    } else if (token === '?') return wrong('nothing before ?');
    else if (token.includes('|')) node = { kind: 'choice', options: token.split('|').map(atom) };
    else node = atom(token);
    if (tokens[at] === '?') {
      at += 1;
      node = { kind: 'optional', part: node };
    }
    return node;
  }
  function atom(token: string): Node {
    if (token.startsWith('<')) {
      const wordClass = classNames.indexOf(token.slice(1, -1) as WordClass);
      if (wordClass < 0) wrong(`no class ${token}`);
      return { kind: 'class', wordClass };
    }
    if (token.startsWith('..')) {
      const words = Number(token.slice(2));
      if (!(words >= 1 && words <= 8)) wrong('a gap of other than one to eight words');
      return { kind: 'gap', words };
    }
    const parts = token.split('_').map((word): Node => ({ kind: 'word', word }));
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts };
  }
  const tree = choice();
  if (at < tokens.length) wrong('a bracket too many');
  return tree;
}
