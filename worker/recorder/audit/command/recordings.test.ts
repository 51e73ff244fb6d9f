import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@vjj/shared/config.ts';
import { EntryKind, entryBytes, type RecordingHead, sealedPiece } from '@vjj/shared/evidence/recording.ts';
import { wrapKey } from '@vjj/shared/evidence/session-key.ts';
import { createLog } from '@vjj/shared/log.ts';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { Retention } from '../../recordings/retention.ts';
import type { AuditStore } from '../store.ts';
import { SampleChain } from '../test/sample-events.ts';
import { filePlace, type StorePlace } from '../test/stores.ts';
import { verify } from '../verify/verify.ts';
import { recordingsOf } from './recordings.ts';

const master = randomBytes(32);
const configWith = (key: Buffer) =>
  readConfig({ LINK_SECRET: 'not needed for this', AUDIT_MASTER_KEY: key.toString('base64') });

let place: StorePlace;
let store: AuditStore;
let folder: string;
beforeEach(async () => {
  place = await filePlace();
  store = await place.open();
  folder = mkdtempSync(join(tmpdir(), 'recordings-'));
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A recorded call, on record; `file` is what lies in the store. */
async function recorded({
  epoch = 1,
  isEnded = true,
  atMs = Date.now(),
  file = (bytes: Buffer) => bytes,
} = {}): Promise<SampleChain> {
  const chain = new SampleChain('s', { epoch, atMs, key: randomBytes(32) });
  const { identity } = chain;
  const { session, tenant, user } = identity;
  const head: RecordingHead = {
    ...{ v: 1, kind: 'recording', what: 'call', session, epoch, tenant, user },
    startedAt: 0,
  };
  const entries = entryBytes(EntryKind.clientText, 0, [Buffer.from('\u0001\0\0\0hello')]);
  if (isEnded) entries.push(...entryBytes(EntryKind.ended, 1, [Buffer.from('{"reason":"caller"}')]));
  const bytes = Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    sealedPiece(entries, chain.key, head, 0),
  ]);
  const path = join(folder, `${epoch}.rec`);
  writeFileSync(path, file(bytes));
  utimesSync(path, atMs / 1000, atMs / 1000);
  await store.keys.put(wrapKey(chain.key, master, identity));
  await store.recordings.take(path, head);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (isEnded) {
    const told = { what: 'call' as const, pieces: 1, bytes: bytes.length, sha256 };
    await store.append([chain.add('session.recorded', told)]);
  }
  return chain;
}

const opened = (key = master) => recordingsOf({ store, config: configWith(key) }, 's');

it('what was recorded of a call is read, epoch by epoch, and a killed worker is remarked on', async () => {
  await recorded({ epoch: 2 });
  await recorded({ epoch: 1, isEnded: false });
  const { recordings, remarks } = await opened();
  expect(recordings.map(({ head }) => head.epoch)).toEqual([1, 2]);
  expect(remarks).toEqual([expect.stringMatching(/epoch 1: its worker was killed/)]);
});

it('a recording that is not what the trail says is remarked on', async () => {
  await recorded({ file: (bytes) => Buffer.concat([bytes, Buffer.from([9, 0])]) });
  expect((await opened()).remarks).toEqual([expect.stringContaining('not what the audit trail says')]);
});

it('of an erased person nothing can be read, also of a recording that comes later or was kept elsewhere', async () => {
  const { identity } = await recorded();
  await store.keys.erase(identity, Date.now());
  await recorded({ epoch: 2 });
  await expect(opened()).rejects.toThrow('its key was destroyed');
});

it.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'nothing was recorded',
    async () => undefined,
    /nothing is recorded of s: STORE_RAW_AUDIO or RECORD_CALLS was off/,
  ],
  [
    'it was changed',
    () => recorded({ file: (bytes) => bytes.fill(1, bytes.length - 5) }),
    /epoch 1 of s: piece 0 .* was changed/,
  ],
  [
    'it is of another version',
    () =>
      recorded({
        file: (bytes) => Buffer.from(bytes.toString('latin1').replace('"v":1', '"v":3'), 'latin1'),
      }),
    /version 3; this software reads version 1/,
  ],
])('says so when %s', async (_name, prepare, reason) => {
  await prepare();
  await expect(opened()).rejects.toThrow(reason);
});

const dayMs = 86_400_000;

/** One pass of a recorder. */
async function removeOld(keepDays: number): Promise<void> {
  const retention = new Retention({ store, keepDays, log: createLog('test', 'silent') });
  retention.start();
  await retention.close();
}

it('a recording that is too old is removed, which is on record and said of it; the trail verifies', async () => {
  await recorded({ epoch: 1, atMs: Date.now() - 31 * dayMs });
  await recorded({ epoch: 2, atMs: Date.now() - 29 * dayMs });
  await removeOld(0);
  expect((await opened()).remarks).toEqual([]);
  await removeOld(30);
  const { recordings, remarks } = await opened();
  expect(recordings.map(({ head }) => head.epoch)).toEqual([2]);
  expect(remarks).toEqual([expect.stringMatching(/^epoch 1: its recording was removed after 30 days, on 2/)]);
  await removeOld(28);
  await expect(opened()).rejects.toThrow(/no recording any more: epoch 1: .* 30 days.*; epoch 2: .* 28 days/);
  expect((await verify(store, { keys: [] })).findings).toEqual([]);
});

it('what could not be removed is tried again', async () => {
  await recorded({ atMs: Date.now() - 31 * dayMs });
  const segments = join(place.at, 'segments');
  const away = join(place.at, 'away');
  // What announces the removal cannot be written where a file stands in the way.
  const another = await place.open();
  renameSync(segments, away);
  writeFileSync(segments, '');
  const told: string[] = [];
  const log = pino({ level: 'error' }, { write: (line) => void told.push(line) });
  const retention = new Retention({ store: another, keepDays: 30, log, againMs: 50 });
  retention.start();
  onTestFinished(() => retention.close());
  await expect.poll(() => told.join()).toContain('could not be removed');
  expect(await another.recordings.find('s')).toHaveLength(1);
  rmSync(segments);
  renameSync(away, segments);
  await expect.poll(() => another.recordings.find('s')).toEqual([]);
});

it('of a recording that was removed by hand nothing else is claimed', async () => {
  const { identity } = await recorded();
  await store.recordings.erase(identity);
  await expect(opened()).rejects.toThrow('not stored yet, or was removed by hand or with its person');
});

it('says so when the master key here is another one', async () => {
  await recorded();
  await expect(opened(randomBytes(32))).rejects.toThrow('AUDIT_MASTER_KEY here is not the one');
});
