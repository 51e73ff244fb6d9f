import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the whole project. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A path inside the project. */
export const inProject = (...parts: string[]): string => join(root, ...parts);
