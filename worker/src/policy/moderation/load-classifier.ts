import { existsSync, readFileSync } from 'node:fs';
import { Classifier, decodeWeights } from './classifier.ts';

const file = new URL('./moderation.weights', import.meta.url);

/**
 * Reads the weights that ship with the worker; once per process.
 * @throws Error naming the file, if they are damaged or of another version
 */
export function loadClassifier(from: URL = file): Classifier {
  if (!existsSync(from)) throw new Error(`no moderation weights at ${from.pathname}`);
  try {
    return new Classifier(decodeWeights(readFileSync(from)));
  } catch (error) {
    throw new Error(`${from.pathname}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
