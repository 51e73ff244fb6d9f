import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@vjj/shared/config.ts';
import { readRecording } from '@vjj/shared/evidence/read-recording.ts';
import { EntryKind } from '@vjj/shared/evidence/recording.ts';
import { createLog } from '@vjj/shared/log.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Recorded } from './call-recording.ts';
import { Recordings } from './recordings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recording-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = join(import.meta.dirname, 'test-recorder.ts');

function recorded(pieces: number, { maxBytes = 1e9, fileBlocks = 'unlimited' } = {}): Recorded {
  const args = [process.execPath, program, join(folder, 'call'), String(pieces), String(maxBytes)];
  const output = execFileSync('sh', ['-c', `ulimit -S -f ${fileBlocks}; exec "$@"`, 'sh', ...args]);
  return JSON.parse(output.toString()) as Recorded;
}

async function read() {
  expect(readdirSync(folder)).toEqual(['call.rec']);
  const kinds: number[] = [];
  const { end } = await readRecording(
    createReadStream(join(folder, 'call.rec')),
    async () => Buffer.alloc(32, 7),
    ({ kind }) => kinds.push(kind),
  );
  return { kinds, end };
}

it('a recording says of itself what can be read of it, and that it is whole', async () => {
  const told = recorded(5);
  const { kinds, end } = await read();
  expect(kinds).toEqual([...new Array(5).fill(EntryKind.callerAudio), EntryKind.ended]);
  expect(end).toEqual({ pieces: told.pieces, bytes: told.bytes, sha256: told.sha256, isTorn: false });
  expect(told.stopped).toBeUndefined();
});

it('a call that is longer than may be recorded is recorded to there', async () => {
  const told = recorded(20, { maxBytes: 100_000 });
  expect(told.stopped).toBe('limit');
  const { kinds, end } = await read();
  expect(kinds.length).toBeLessThan(10);
  expect(end).toMatchObject({ bytes: told.bytes, sha256: told.sha256, isTorn: false });
});

it('a disk that takes no more ends the recording at its last whole piece, and nothing else', async () => {
  // In blocks of 512 bytes: the disk takes a part of a piece.
  const told = recorded(20, { fileBlocks: '150' });
  expect(told.stopped).toBe('disk');
  expect(told.pieces).toBeGreaterThan(1);
  const { kinds, end } = await read();
  expect(kinds).toHaveLength(told.pieces);
  expect(end).toMatchObject({ pieces: told.pieces, bytes: told.bytes, sha256: told.sha256, isTorn: false });
});

it.each([
  ['is begun while the disk has room', '1048576', 'true', true],
  ['is not begun where the evidence may need the room', String(Number.MAX_SAFE_INTEGER), 'true', false],
  ['is not begun unless it was asked for', '1048576', 'false', false],
])('a recording %s', async (_name, AUDIT_SPILL_MAX_BYTES, RECORD_CALLS, isBegun) => {
  const config = readConfig({
    ...{ LINK_SECRET: 'not needed for this', RECORDING_DIR: folder },
    ...{ AUDIT_SPILL_MAX_BYTES, RECORD_CALLS },
  });
  const recordings = Recordings.of(config, createLog('test', 'silent'));
  await recordings?.start();
  const of = { session: 's', epoch: 1, tenant: 'default', user: 'anon:s' };
  expect(recordings?.begin(of, Buffer.alloc(32, 7)) !== undefined).toBe(isBegun);
  await recordings?.close();
});
