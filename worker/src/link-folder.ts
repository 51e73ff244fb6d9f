import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const suffix = '.sock';
/** A socket this young may belong to a sibling that is about to listen. */
const youngMs = 10_000;

/** Where a worker listens for gateways of its own host; short, since such a path has about 100 bytes. */
export function linkPath(folder: string, bootId: string): string {
  return join(folder, `${bootId}${suffix}`);
}

/**
 * Makes the folder of the Unix sockets ready: only this user may enter it, and sockets that dead workers left behind
 * are gone.
 * @throws when somebody else owns it or may write to it: they could put a socket of their own in its place
 */
export async function prepareLinkFolder(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new Error(
      `LINK_DIR ${folder} belongs to another user, or others may write to it; name another folder`,
    );
  }
  const sockets = readdirSync(folder).filter((name) => name.endsWith(suffix));
  await Promise.all(sockets.map((name) => removeDead(join(folder, name))));
}

/** A socket nobody listens on refuses at once. */
function removeDead(path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' && !isYoung(path)) rmSync(path, { force: true });
      resolve();
    });
  });
}

function isYoung(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs < youngMs;
}
