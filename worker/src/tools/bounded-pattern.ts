import { type Node, parsed } from './regular-expression.ts';

/** A longer text matches no pattern: what is left of back-tracking stays in the milliseconds. */
export const longestMatched = 2_000;
/** Loops, one after the other, that a run of the same characters may be shared out among. */
const mostLoops = 2;
const mostPositions = 400;

/** A pattern of an agent's file, for texts that a model or a host made up. */
export interface BoundedPattern {
  test(text: string): boolean;
  toString(): string;
}

/** @throws Error if it is no regular expression, or one that some text would keep busy for long */
export function boundedPattern(source: string, flags: string): BoundedPattern {
  const expression = new RegExp(source, flags);
  const danger = dangerOf(source);
  if (danger !== undefined)
    throw new Error(`the pattern ${JSON.stringify(source)} ${danger}: some texts would take it for ever`);
  return {
    test: (text) => text.length <= longestMatched && expression.test(text),
    toString: () => `${expression}`,
  };
}

/**
 * Whether back-tracking may explode: in how many ways a text can be shared out among what repeats (the ambiguity of the
 * expression's automaton of positions). What is unsure counts as danger.
 */
function dangerOf(source: string): string | undefined {
  try {
    const automaton = new Automaton(parsed(source), !/^\^(?!.*\|)/s.test(source));
    if (automaton.isExponential()) return 'repeats what can itself be repeated or chosen in several ways';
    if (automaton.loopsInARow() > mostLoops) return 'repeats the same characters too often in a row';
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Characters to try: those of ASCII, and some of what else there is. */
const samples = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...'éßŁλЯж中あ한🙂\u00a0',
];

interface Part {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly mayBeEmpty: boolean;
}

const nothing: Part = { first: [], last: [], mayBeEmpty: true };

/** The positions of an expression: what characters each takes, and in how many ways each may follow another. */
class Automaton {
  readonly #takes: Set<number>[] = [];
  readonly #follows: Map<number, number>[] = [];
  readonly #reach: readonly ReadonlySet<number>[];

  /** @param isFloating may begin anywhere in a text, as if anything came before it */
  constructor(root: Node, isFloating: boolean) {
    const before = isFloating
      ? this.#part({ kind: 'repeat', part: { kind: 'character', source: '[^]' }, least: 0, most: Infinity })
      : nothing;
    this.#joined([before, this.#part(root)]);
    this.#reach = this.#follows.map((_, from) => this.#reachable(from, () => true));
  }

  #part(node: Node): Part {
    switch (node.kind) {
      case 'character': {
        const expression = new RegExp(`^(?:${node.source})$`, 'su');
        const position = this.#takes.length;
        if (position >= mostPositions) throw new Error('is too long');
        this.#takes.push(new Set(samples.flatMap((sample, at) => (expression.test(sample) ? [at] : []))));
        this.#follows.push(new Map());
        return { first: [position], last: [position], mayBeEmpty: false };
      }
      case 'sequence':
        return this.#joined(node.parts.map((part) => this.#part(part)));
      case 'choice': {
        const parts = node.parts.map((part) => this.#part(part));
        return {
          first: parts.flatMap(({ first }) => first),
          last: parts.flatMap(({ last }) => last),
          mayBeEmpty: parts.some(({ mayBeEmpty }) => mayBeEmpty),
        };
      }
      case 'repeat': {
        const { part, least, most } = node;
        if (most === 0) return nothing;
        if (least === most && hasFixedLength(part))
          return this.#joined(Array.from({ length: most }, () => this.#part(part)));
        const once = this.#part(part);
        if (least > 1 && once.mayBeEmpty) throw new Error('repeats what may be nothing');
        if (most > 1) this.#link(once.last, once.first);
        return { ...once, mayBeEmpty: once.mayBeEmpty || least === 0 };
      }
    }
  }

  #joined(parts: readonly Part[]): Part {
    return parts.reduce((before, after) => {
      this.#link(before.last, after.first);
      return {
        first: before.mayBeEmpty ? [...before.first, ...after.first] : before.first,
        last: after.mayBeEmpty ? [...before.last, ...after.last] : after.last,
        mayBeEmpty: before.mayBeEmpty && after.mayBeEmpty,
      };
    }, nothing);
  }

  #link(from: readonly number[], to: readonly number[]): void {
    for (const one of from) {
      const follows = this.#follows[one];
      for (const other of to) follows?.set(other, (follows.get(other) ?? 0) + 1);
    }
  }

  #next(position: number): ReadonlyMap<number, number> {
    return this.#follows[position] ?? new Map();
  }

  /** Positions that come after one, over those that `isWay` lets pass. */
  #reachable(from: number, isWay: (position: number) => boolean): Set<number> {
    const reached = new Set<number>();
    const open = [from];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const next of this.#next(at).keys()) {
        if (reached.has(next)) continue;
        if (isWay(next)) {
          reached.add(next);
          open.push(next);
        }
      }
    }
    return reached;
  }

  #comesAfter(later: number, earlier: number): boolean {
    return this.#reach[earlier]?.has(later) ?? false;
  }

  #isLoop(position: number): boolean {
    return this.#comesAfter(position, position);
  }

  /** The same text leads from a position back to it in two ways. */
  isExponential(): boolean {
    return [...this.#takes.keys()].some(
      (position) => this.#isLoop(position) && this.#partsAndMeets(position),
    );
  }

  /** Two walks read the same text from `start` on, part, and are at `start` together again. */
  #partsAndMeets(start: number): boolean {
    const count = this.#takes.length;
    const isOfLoop = (position: number) =>
      this.#comesAfter(position, start) && this.#comesAfter(start, position);
    const seen = new Set<number>();
    const open = [{ one: start, other: start, haveParted: false }];
    for (let walks = open.pop(); walks !== undefined; walks = open.pop()) {
      const { one, other } = walks;
      for (const [a, times] of this.#next(one)) {
        if (!isOfLoop(a)) continue;
        for (const b of this.#next(other).keys()) {
          if (!isOfLoop(b) || !this.#share(a, b)) continue;
          const haveParted = walks.haveParted || a !== b || times > 1;
          if (haveParted && a === start && b === start) return true;
          const state = (a * count + b) * 2 + Number(haveParted);
          if (seen.has(state)) continue;
          seen.add(state);
          open.push({ one: a, other: b, haveParted });
        }
      }
    }
    return false;
  }

  #share(one: number, other: number): boolean {
    const takes = this.#takes[other];
    for (const sample of this.#takes[one] ?? []) if (takes?.has(sample)) return true;
    return false;
  }

  /** The most loops, one after the other, between which a run of the same characters may be split anywhere. */
  loopsInARow(): number {
    const loops = this.#loops();
    const most = new Map<number, number>();
    const rowFrom = (from: number): number => {
      const known = most.get(from);
      if (known !== undefined) return known;
      most.set(from, 1);
      let longest = 0;
      for (const [to] of loops.entries())
        if (to !== from && this.#flows(loops, from, to)) longest = Math.max(longest, rowFrom(to));
      most.set(from, longest + 1);
      return longest + 1;
    };
    return Math.max(0, ...loops.map((_, at) => rowFrom(at)));
  }

  #loops(): number[][] {
    const loops: number[][] = [];
    for (const position of this.#takes.keys()) {
      if (!this.#isLoop(position)) continue;
      const known = loops.find(
        ([one = 0]) => this.#comesAfter(one, position) && this.#comesAfter(position, one),
      );
      if (known === undefined) loops.push([position]);
      else known.push(position);
    }
    return loops;
  }

  #flows(loops: readonly (readonly number[])[], from: number, to: number): boolean {
    const taken = (loop: number) =>
      new Set((loops[loop] ?? []).flatMap((at) => [...(this.#takes[at] ?? [])]));
    const others = taken(to);
    const common = [...taken(from)].filter((sample) => others.has(sample));
    if (common.length === 0) return false;
    const isWay = (position: number) => common.some((sample) => this.#takes[position]?.has(sample));
    return (loops[from] ?? []).some((start) => {
      const reached = this.#reachable(start, isWay);
      return (loops[to] ?? []).some((at) => reached.has(at));
    });
  }
}

/** Takes one certain number of characters, in one way. */
function hasFixedLength(node: Node): boolean {
  if (node.kind === 'character') return true;
  if (node.kind === 'sequence') return node.parts.every(hasFixedLength);
  return node.kind === 'repeat' && node.least === node.most && hasFixedLength(node.part);
}
