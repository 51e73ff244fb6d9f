import type { StoredCheckpoint } from './store.ts';

/** As a file, here and wherever copies go: the checkpoint is the first line, its leaves follow. */
export const checkpointText = (line: string, leaves: readonly string[]): string =>
  `${[line, ...leaves].join('\n')}\n`;

export const checkpointName = (n: number): string => `${String(n).padStart(12, '0')}.jsonl`;

export const isCheckpointName = (name: string): boolean => /^\d{12}\.jsonl$/.test(name);

/** @param name of the file, which says the number it should have */
export function readCheckpointFile(name: string, text: string, where: string): StoredCheckpoint {
  const [line = '', ...leaves] = text.split('\n');
  // What does not end with a line break was cut off; the empty rest behind the last one is no leaf.
  if (leaves.at(-1) === '') leaves.pop();
  return { n: Number.parseInt(name, 10), line, leaves, where };
}
