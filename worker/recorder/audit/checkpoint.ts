import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { merkleRoot } from './merkle.ts';

/** The newest event of a chain, and how many of its events were stored. */
export interface ChainLeaf {
  session: string;
  epoch: number;
  seq: number;
  hash: string;
  events: number;
}

/** How far a segment file reached. */
export interface SegmentLeaf {
  segment: string;
  bytes: number;
  hash: string;
}

export type Leaf = ChainLeaf | SegmentLeaf;

/** What is signed. */
export interface Checkpoint {
  v: 1;
  n: number;
  at: string;
  /** SHA-256 of the line of the checkpoint before; empty for the first. */
  prev: string;
  /** Merkle root over the leaf lines, in their order. */
  root: string;
  leaves: number;
  /** In the whole store at that time. */
  chains: number;
  /** Which key signed. */
  key: string;
  signature: string;
}

export const leafLine = (leaf: Leaf): string => JSON.stringify(leaf);

export const checkpointHash = (line: string): string => createHash('sha256').update(line).digest('base64url');

/** Short name of a public key. */
export function keyId(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64url').slice(0, 16);
}

export interface CheckpointContents {
  n: number;
  at: Date;
  prev: string;
  leaves: readonly string[];
  chains: number;
}

/** The signed line. */
export function signCheckpoint(
  { n, at, prev, leaves, chains }: CheckpointContents,
  key: KeyObject,
): { checkpoint: Checkpoint; line: string } {
  const members = {
    v: 1 as const,
    n,
    at: at.toISOString(),
    prev,
    root: merkleRoot(leaves),
    leaves: leaves.length,
    chains,
    key: keyId(key),
  };
  const text = JSON.stringify(members);
  const signature = sign(null, Buffer.from(text), key).toString('base64url');
  return {
    checkpoint: { ...members, signature },
    line: `${text.slice(0, -1)},"signature":"${signature}"}`,
  };
}

const signatureMember = /,"signature":"([\w-]+)"\}$/;

/** A checkpoint's line taken apart; `undefined`: it is none. The signature is checked by `isSignedBy`. */
export function readCheckpoint(line: string): Checkpoint | undefined {
  try {
    const value = JSON.parse(line) as Partial<Checkpoint> | null;
    const isOne =
      value?.v === 1 &&
      Number.isSafeInteger(value.n) &&
      typeof value.at === 'string' &&
      typeof value.prev === 'string' &&
      typeof value.root === 'string' &&
      Number.isSafeInteger(value.leaves) &&
      Number.isSafeInteger(value.chains) &&
      typeof value.key === 'string' &&
      typeof value.signature === 'string';
    return isOne ? (value as Checkpoint) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the checkpoint before is too young for another. One from further ahead of `at` than that was made by a clock
 * that was wrong: to wait until the time it says would leave everything until then unsealed.
 */
export const isTooYoung = (lastAt: string | undefined, at: Date, unlessYoungerThanMs: number): boolean =>
  lastAt !== undefined && Math.abs(at.getTime() - Date.parse(lastAt)) < unlessYoungerThanMs;

/** Whether exactly this line was signed with the private half of `key`. */
export function isSignedBy(line: string, key: KeyObject): boolean {
  const found = signatureMember.exec(line);
  if (found === null) return false;
  const signature = Buffer.from(found[1]!, 'base64url');
  // Decoding is lenient: the same signature written in another way is a change, too.
  if (signature.toString('base64url') !== found[1]) return false;
  return verify(null, Buffer.from(`${line.slice(0, found.index)}}`), key, signature);
}

/** A leaf's line taken apart; undefined: it is none. */
export function readLeaf(line: string): Leaf | undefined {
  try {
    const leaf = JSON.parse(line) as Partial<ChainLeaf & SegmentLeaf> | null;
    if (typeof leaf?.hash !== 'string') return undefined;
    if (typeof leaf.segment === 'string' && Number.isSafeInteger(leaf.bytes)) return leaf as SegmentLeaf;
    const isChain =
      typeof leaf.session === 'string' &&
      Number.isSafeInteger(leaf.epoch) &&
      Number.isSafeInteger(leaf.seq) &&
      Number.isSafeInteger(leaf.events);
    return isChain ? (leaf as ChainLeaf) : undefined;
  } catch {
    return undefined;
  }
}
