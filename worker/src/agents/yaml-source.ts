import { isMap, isNode, isPair, isSeq, LineCounter, type Node, parseDocument, Scalar } from 'yaml';
import type { Problem } from './problem.ts';

type Path = readonly PropertyKey[];

/** A YAML file that still knows on which line everything stands. */
export interface YamlSource {
  readonly value: unknown;
  /** What makes it no YAML. */
  readonly problems: readonly Problem[];
  /** The line of a value, or of the nearest thing around it that exists. */
  lineOf(path: Path): number;
  /** The line of a key, which may be one that nobody asked for. */
  lineOfKey(path: Path, key: string): number;
}

export function yamlSource(file: string, text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    file,
    line: lines.linePos(pos[0]).line,
    message: `is not YAML: ${message}`,
  }));
  let value: unknown;
  try {
    value = problems.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    problems.push({ file, line: 1, message: `is not YAML: ${(error as Error).message}` });
  }
  const lineAt = (node: Node | null | undefined) => (node?.range ? lines.linePos(node.range[0]).line : 1);

  /** Walks as far as there is something, and gives the line of the last key or value met. */
  function lineOf(path: Path): number {
    let node: unknown = document.contents;
    let line = isNode(node) ? lineAt(node) : 1;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find(
          ({ key }) => key instanceof Scalar && String(key.value) === String(step),
        );
        if (!isPair(pair)) break;
        if (isNode(pair.key)) line = lineAt(pair.key);
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        if (isNode(node)) line = lineAt(node);
      } else break;
    }
    return line;
  }
  return { value, problems, lineOf, lineOfKey: (path, key) => lineOf([...path, key]) };
}
