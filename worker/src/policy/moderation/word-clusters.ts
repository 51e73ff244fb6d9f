import { readFileSync } from 'node:fs';

/** Where a word belongs by its use: the words around it in much text were like those around its neighbours here. */
export interface WordCluster {
  /** Words that could nearly stand for one another: "rob", "steal". */
  readonly cluster: number;
  /** A field of several such clusters. */
  readonly group: number;
}

const byWord = read();

/** Undefined for rare words. */
export function clusterOf(word: string): WordCluster | undefined {
  return byWord.get(word);
}

function read(): Map<string, WordCluster> {
  const clusters = new Map<string, WordCluster>();
  const text = readFileSync(new URL('./word-clusters.txt', import.meta.url), 'utf8');
  let cluster = 0;
  for (const [group, block] of text.trim().split('\n\n').entries()) {
    for (const line of block.split('\n')) {
      cluster += 1;
      const shared = { cluster, group: group + 1 };
      for (const word of line.split(' ')) clusters.set(word, shared);
    }
  }
  return clusters;
}
