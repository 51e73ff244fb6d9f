import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkPath, prepareLinkFolder } from './link-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vjj-links-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function listening(path: string) {
  const server = createServer().listen(path);
  await once(server, 'listening');
  return server;
}

describe('the folder of the link sockets', () => {
  it('is made so that only this user may enter it', async () => {
    const inside = join(folder, 'a', 'b');
    await prepareLinkFolder(inside);
    expect(statSync(inside).mode & 0o777).toBe(0o700);
  });

  it('is refused when others may write to it', async () => {
    chmodSync(folder, 0o777);
    await expect(prepareLinkFolder(folder)).rejects.toThrow('LINK_DIR');
  });

  it('is freed of sockets of dead workers, and of no others', async () => {
    const live = await listening(linkPath(folder, 'live'));
    // What a killed process leaves: a socket file with nobody behind it.
    const dead = await listening(linkPath(folder, 'dead'));
    renameSync(linkPath(folder, 'dead'), join(folder, 'kept'));
    await new Promise((resolve) => dead.close(resolve));
    renameSync(join(folder, 'kept'), linkPath(folder, 'dead'));
    expect(readdirSync(folder).sort()).toEqual(['dead.sock', 'live.sock']);
    await prepareLinkFolder(folder);
    expect(readdirSync(folder), 'it may be about to listen').toContain('dead.sock');
    utimesSync(linkPath(folder, 'dead'), 0, 0);
    await prepareLinkFolder(folder);
    expect(readdirSync(folder)).toEqual(['live.sock']);
    expect(existsSync(linkPath(folder, 'live'))).toBe(true);
    live.close();
  });
});
