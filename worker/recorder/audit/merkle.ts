import { createHash } from 'node:crypto';

/** A leaf and a node hash differently, so that neither can stand for the other (as in RFC 6962). */
const leafMark = Buffer.from([0]);
const nodeMark = Buffer.from([1]);

/** Root over the lines in this order, base64url; a node without a neighbour goes up as it is. */
export function merkleRoot(lines: readonly string[]): string {
  let level: Buffer[] = lines.map((line) => createHash('sha256').update(leafMark).update(line).digest());
  if (level.length === 0) return createHash('sha256').digest('base64url');
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const right = level[i + 1];
      above.push(
        right === undefined
          ? level[i]!
          : createHash('sha256').update(nodeMark).update(level[i]!).update(right).digest(),
      );
    }
    level = above;
  }
  return level[0]!.toString('base64url');
}
