import type { KeyObject } from 'node:crypto';
import {
  type ChainLeaf,
  type Checkpoint,
  checkpointHash,
  isSignedBy,
  keyId,
  readCheckpoint,
  readLeaf,
  type SegmentLeaf,
} from '../checkpoint.ts';
import { merkleRoot } from '../merkle.ts';
import type { StoredCheckpoint } from '../store.ts';
import type { Finding } from './finding.ts';

/** What signed checkpoints say must be there. */
export interface Sealed {
  chains: (ChainLeaf & { checkpoint: number })[];
  segments: (SegmentLeaf & { checkpoint: number })[];
  /** Number of the last. */
  last: number;
  lines: Map<number, { line: string; where: string }>;
}

const nothingSealed = (): Sealed => ({ chains: [], segments: [], last: 0, lines: new Map() });

/**
 * Checks a row of checkpoints: each signed by a trusted key, each the successor of the one before, with the leaves it
 * was signed over. What a checkpoint says counts only when its signature and its leaves hold.
 */
export async function checkCheckpoints(
  checkpoints: AsyncIterable<StoredCheckpoint>,
  keys: readonly KeyObject[],
  findings: Finding[],
): Promise<Sealed> {
  const sealed = nothingSealed();
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  let before: { n: number; line: string } | undefined;
  for await (const { n, line, leaves, where } of checkpoints) {
    const find = (kind: Finding['kind'], detail: string) => findings.push({ kind, where, detail });
    const expected: number = before === undefined ? 1 : before.n + 1;
    if (n > expected) {
      find(
        'checkpoint-missing',
        n === expected + 1
          ? `checkpoint ${expected} is gone`
          : `checkpoints ${expected} to ${n - 1} are gone`,
      );
    }
    const checkpoint = readCheckpoint(line);
    const problem = signatureProblem(checkpoint, line, byId);
    if (checkpoint === undefined || problem !== undefined) {
      find('checkpoint-signature', problem ?? 'it is no checkpoint');
    } else if (checkpoint.n !== n) {
      find('checkpoint-swapped', `this is checkpoint ${checkpoint.n}`);
    } else {
      const isNext = n === expected;
      const prev = before === undefined ? '' : checkpointHash(before.line);
      if (isNext && checkpoint.prev !== prev) {
        find('checkpoint-swapped', `it does not follow checkpoint ${n - 1} as it is now`);
      }
      if (leaves.length !== checkpoint.leaves || merkleRoot(leaves) !== checkpoint.root) {
        find('checkpoint-leaves', 'its leaves are not those that were signed');
      } else {
        addLeaves(sealed, leaves, n);
      }
    }
    sealed.lines.set(n, { line, where });
    sealed.last = n;
    before = { n, line };
  }
  return sealed;
}

function signatureProblem(
  checkpoint: Checkpoint | undefined,
  line: string,
  keys: ReadonlyMap<string, KeyObject>,
): string | undefined {
  if (checkpoint === undefined) return 'it cannot be read as a checkpoint';
  const key = keys.get(checkpoint.key);
  if (key === undefined) {
    return `it says it was signed with the key ${checkpoint.key}, which is not trusted (name it with --public-key)`;
  }
  return isSignedBy(line, key) ? undefined : 'it was changed after it was signed';
}

function addLeaves(sealed: Sealed, leaves: readonly string[], checkpoint: number): void {
  for (const line of leaves) {
    const leaf = readLeaf(line);
    if (leaf === undefined) continue;
    if ('segment' in leaf) sealed.segments.push({ ...leaf, checkpoint });
    else sealed.chains.push({ ...leaf, checkpoint });
  }
}

/** Holds the checkpoints here against copies that were kept elsewhere. */
export function compareWithCopies(here: Sealed, copies: Sealed, findings: Finding[]): void {
  for (const [n, copy] of copies.lines) {
    const own = here.lines.get(n);
    if (own === undefined) {
      const kind = n > here.last ? 'checkpoint-rolled-back' : 'checkpoint-missing';
      findings.push({ kind, where: copy.where, detail: `checkpoint ${n} was made, and is not in the store` });
    } else if (own.line !== copy.line) {
      const detail = `checkpoint ${n} of the store is not the one that was copied (${copy.where})`;
      findings.push({ kind: 'checkpoint-swapped', where: own.where, detail });
    }
  }
}
