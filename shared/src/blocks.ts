/** Memory for what comes and goes all the time is handed round in blocks of this size. */
export const blockBytes = 64 * 1024;
/** Blocks that nobody uses are kept for whoever is next, no more than these: 32 MiB. */
const mostSpareBlocks = 512;

const spares: Buffer[] = [];

/**
 * A block that was given back last is taken first: it is still in the processor's cache, and the kernel need not find
 * memory for it.
 */
export function takeBlock(): Buffer {
  return spares.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
}

/** Nobody may read it any more. */
export function giveBackBlock(block: Buffer): void {
  if (spares.length < mostSpareBlocks) spares.push(block);
}
