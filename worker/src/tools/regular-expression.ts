/** A regular expression as a tree. What only looks (`^`, `$`, `\b`) is left out: it takes no character. */
export type Node =
  | { readonly kind: 'character'; readonly source: string }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

/** One thing of an expression: an escape, a class of characters, a group's beginning, a quantifier, or a character. */
const token =
  /\\(?:p\{[^}]*\}|P\{[^}]*\}|u\{[^}]*\}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|.)|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<?[=!]|<[^>]*>|[^)]))?|[*+?]\??|\{\d+(?:,\d*)?\}\??|[|)]|./gisu;

/**
 * Reads what `new RegExp(source, 'u')` takes.
 * @throws Error naming what it has that cannot be matched in a bounded time: back-references, look-arounds
 */
export function parsed(source: string): Node {
  const tokens = source.match(token) ?? [];
  let at = 0;
  const choice = (): Node => {
    const parts = [sequence()];
    while (tokens[at] === '|') {
      at += 1;
      parts.push(sequence());
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'choice', parts };
  };
  const sequence = (): Node => {
    const parts: Node[] = [];
    for (let next = tokens[at]; next !== undefined && next !== '|' && next !== ')'; next = tokens[at]) {
      at += 1;
      const part = one(next);
      if (part !== undefined) parts.push(repeated(part));
    }
    return { kind: 'sequence', parts };
  };
  const one = (next: string): Node | undefined => {
    if (/^\\(?:[1-9]|k)/.test(next)) throw new Error('has a back-reference');
    if (/^\(\?<?[=!]/.test(next)) throw new Error('looks ahead or behind');
    if (next === '^' || next === '$' || next === '\\b' || next === '\\B') return undefined;
    if (!next.startsWith('(')) return { kind: 'character', source: next };
    const inner = choice();
    at += 1;
    return inner;
  };
  const repeated = (part: Node): Node => {
    const next = tokens[at] ?? '';
    const [, exact, to] = /^\{(\d+)(,\d*)?\}/.exec(next) ?? [];
    const simple: Readonly<Record<string, readonly [number, number]>> = {
      '*': [0, Infinity],
      '+': [1, Infinity],
      '?': [0, 1],
    };
    const bounds =
      exact === undefined
        ? simple[next[0] ?? '']
        : [Number(exact), to === undefined ? Number(exact) : to === ',' ? Infinity : Number(to.slice(1))];
    if (bounds === undefined) return part;
    at += 1;
    const [least = 0, most = 0] = bounds;
    return { kind: 'repeat', part, least, most };
  };
  return choice();
}
