import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTestPostgres } from '@vjj/deploy/test-postgres.ts';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { readConfig } from '@vjj/shared/config.ts';
import { wrapKey } from '@vjj/shared/evidence/session-key.ts';
import { queuePrefix } from '@vjj/shared/queues.ts';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { personId } from '../../../src/evidence/person.ts';
import { signCheckpoint } from '../checkpoint.ts';
import { signingKey } from '../signing-key.ts';
import { SampleChain } from '../test/sample-events.ts';
import { filePlace, type StoreKind, type StorePlace, storeKinds } from '../test/stores.ts';

const program = fileURLToPath(new URL('audit-command.ts', import.meta.url));
const master = randomBytes(32);
const identity = 'an identity secret for tests';
const signing = createHash('sha256').update('signing').digest('base64');
const { key: signingPrivate } = signingKey({ AUDIT_SIGNING_KEY: signing, LOCAL_KEY_DIR: '' });
const anna = personId(Buffer.from(identity), 'acme', 'finger-anna', '');

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
}, 30_000);
afterAll(() => redis[Symbol.asyncDispose]());

// Each test starts the program several times.
const limitMs = 60_000;

describe.each(storeKinds(startTestPostgres))(
  'the audit command on %s',
  { timeout: limitMs },
  (name, start) => {
    let kind: StoreKind;
    let place: StorePlace;
    let env: NodeJS.ProcessEnv;
    beforeAll(async () => {
      kind = await start();
      place = await kind.place();
      env = {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        AUDIT_MASTER_KEY: master.toString('base64'),
        AUDIT_SIGNING_KEY: signing,
        IDENTITY_SECRET: identity,
        REDIS_URL: redis.url,
        CLUSTER_NAME: name.toLowerCase(),
        ...(name === 'files' ? { AUDIT_DIR: place.at } : { AUDIT_DATABASE_URL: place.at }),
      };
      const store = await place.open();
      const chains = [
        new SampleChain('call-1', { tenant: 'acme', user: anna, epoch: 1000, key: randomBytes(32) }),
        new SampleChain('call-1', {
          tenant: 'acme',
          user: anna,
          epoch: 2000,
          key: randomBytes(32),
          atMs: Date.UTC(2026, 0, 2),
        }),
        new SampleChain('call-2', { user: 'anon:call-2', key: randomBytes(32) }),
      ] as const;
      const [one, two, other] = chains;
      for (const { identity: owner, key } of chains) await store.keys.put(wrapKey(key, master, owner));
      const lines = [
        one.add('session.started', { worker: 'w1', version: '1', voiceMode: 'push', isSimulated: true }),
        one.said('=HYPERLINK("http://evil") Where is <b>my</b> parcel?\u001b[2J'),
        one.add('policy.decision', {
          turn: 1,
          speaker: 'assistant',
          decision: 'refuse',
          reasonCodes: ['MODERATION:JAILBREAK'],
          rules: ['jb-7'],
          severity: 3,
        }),
      ];
      const { seq: fromSeq, hash: fromHash } = one.head;
      lines.push(
        two.add('session.moved', { worker: 'w2', cause: 'lost', fromEpoch: 1000, fromSeq, fromHash }),
        two.add(
          'assistant.transcript',
          { turn: 1, lane: 'B', heardMs: 900, characters: 9, differs: true, cause: 'barge_in' },
          { text: 'It is on', generated: 'It is on the way' },
        ),
        two.ended(),
        other.said('nothing of note'),
      );
      await store.append(lines);
      await store.seal((contents) => signCheckpoint(contents, signingPrivate).line, 0);
      await store.close();
    }, 60_000);
    afterAll(async () => {
      await place[Symbol.asyncDispose]();
      await kind[Symbol.asyncDispose]();
    });

    function auditWith(env: NodeJS.ProcessEnv, ...args: string[]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        env,
        encoding: 'utf8',
      });
      return { status, out: stdout, err: stderr };
    }
    const audit = (...args: string[]) => auditWith(env, ...args);

    it('verifies with 0 when all is as it was written', () => {
      expect(audit('verify')).toMatchObject({
        status: 0,
        out: expect.stringMatching(/7 events of 2 sessions.*1 seals\nclean/s),
      });
      const { status, out } = audit('verify', '--json');
      expect(status).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ findings: [], events: 7, checkpoints: 1 });
    });

    it('shows a call across its moves, with what was said and what was heard, and no control codes', () => {
      const { status, out } = audit('show', 'call-1');
      expect(status).toBe(0);
      const order = [
        'epoch 1000',
        'w1',
        'parcel?',
        'MODERATION:JAILBREAK',
        'epoch 2000',
        'w2',
        '“It is on”',
        'the way',
        'ends',
      ];
      const places = order.map((text) => out.indexOf(text));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places).not.toContain(-1);
      expect(out).not.toContain('\u001b');
      expect(audit('show', 'nobody')).toMatchObject({ status: 1, err: expect.stringContaining('nobody') });
    });

    it('searches by person, decision, reason, time and words', () => {
      const sessions = (...args: string[]) =>
        audit('search', '--json', ...args)
          .out.split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as { type: string })
          .map(({ type }) => type);
      expect(sessions('--user', 'finger-anna', '--tenant', 'acme')).toHaveLength(6);
      expect(sessions('--user', anna)).toHaveLength(6);
      expect(sessions('--decision', 'refuse')).toEqual(['policy.decision']);
      expect(sessions('--reason', 'MODERATION:JAILBREAK')).toEqual(['policy.decision']);
      expect(sessions('--text', 'PARCEL')).toEqual(['user.transcript']);
      expect(sessions('--from', '2026-01-02')).toHaveLength(3);
      expect(sessions('--to', '2026-01-02', '--session', 'call-1')).toHaveLength(3);
      expect(audit('search', '--text', 'PARCEL', '--without-words').status).toBe(1);
    });

    it('exports JSON, CSV without formulas, and a page in which nothing can run', () => {
      const json = JSON.parse(audit('export', '--session', 'call-1').out) as {
        personal?: { text?: string };
      }[];
      expect(json).toHaveLength(6);
      expect(json[1]?.personal?.text).toContain('parcel');
      const csv = audit('export', '--format', 'csv').out;
      expect(csv.split('\r\n')).toHaveLength(9);
      const html = audit('export', '--format', 'html', '--session', 'call-1').out;
      expect(html).toContain('&lt;b&gt;my&lt;/b&gt;');
      expect(html).not.toMatch(/<b>|<script/);
      expect(html).toContain('<html lang="en">');
      expect(html).toContain('<th scope="col">');
    });

    it('says with 2 what it cannot do', () => {
      expect(audit('verify', '--checkpoints', '/nowhere')).toMatchObject({
        status: 2,
        err: expect.stringContaining('/nowhere'),
      });
      expect(audit('nonsense')).toMatchObject({ status: 2, err: expect.stringContaining('nonsense') });
      expect(audit('search', '--from', 'yesterday')).toMatchObject({ status: 2 });
      expect(audit('verify', '--public-key', program)).toMatchObject({ status: 2 });
    });

    it.each([
      ['erase', 'finger-anna'],
      ['search', '--user', 'finger-anna'],
    ])('knows nobody by a fingerprint where the identity secret is not, and makes none: %s', (...args) => {
      const folder = mkdtempSync(join(tmpdir(), 'vjj-keys-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const elsewhere = { ...env, IDENTITY_SECRET: '', LOCAL_KEY_DIR: folder };
      expect(auditWith(elsewhere, ...args, '--tenant', 'acme')).toMatchObject({
        status: 2,
        out: '',
        err: expect.stringContaining('IDENTITY_SECRET'),
      });
      expect(readdirSync(folder)).toEqual([]);
    });

    it('erases a person for good: the words are gone, memory is told, the trail still verifies', async () => {
      const { status, out } = audit('erase', 'finger-anna', '--tenant', 'acme');
      expect({ status, out }).toMatchObject({
        status: 0,
        out: expect.stringContaining('2 keys of 1 sessions'),
      });
      expect(audit('show', 'call-1').out).toMatch(/Caller +\[erased, \d+ characters\]/);
      expect(audit('search', '--text', 'parcel').status).toBe(1);
      expect(audit('show', 'call-2').out).toContain('nothing of note');
      const record = /erasure:[\w-]+/.exec(out)?.[0] ?? '';
      expect(audit('show', record).out).toContain('2 keys of 1 sessions destroyed; removal of memory queued');
      expect(audit('verify').status).toBe(0);
      const { CLUSTER_NAME } = readConfig({ ...env, LINK_SECRET: 'a secret of sixteen letters' });
      const queue = new Queue('memory', {
        prefix: queuePrefix(CLUSTER_NAME),
        connection: { url: redis.url },
      });
      const jobs = await queue.getJobs(['waiting']);
      await queue.close();
      expect(jobs.map(({ data }) => data)).toEqual([{ v: 1, kind: 'forget', tenant: 'acme', user: anna }]);
    });

    it('queues nothing for memory, which knows nobody without a fingerprint', () => {
      const { status, out } = audit('erase', 'anon:call-3', '--tenant', 'acme', '--json');
      expect({ status, ...JSON.parse(out) }).toMatchObject({ status: 0, memory: 'not needed' });
    });

    it('says when there was nothing to erase, and has memory removed all the same', () => {
      expect(audit('erase', 'finger-nobody', '--tenant', 'acme')).toMatchObject({
        status: 0,
        out: expect.stringContaining('0 keys of 0 sessions'),
        err: expect.stringContaining('no keys were found'),
      });
    });
  },
);

it('verify ends with 1 and names the line when a file was changed, without an index or a recorder', async () => {
  await using place = await filePlace();
  const store = await place.open();
  await store.append(new SampleChain('s').lines(3));
  await store.close();
  for (const name of readdirSync(place.at)) if (name.startsWith('index')) rmSync(join(place.at, name));
  const [segment = ''] = readdirSync(join(place.at, 'segments'));
  const path = join(place.at, 'segments', segment);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"turn":1', '"turn":2'));
  mkdirSync(join(place.at, 'none'));
  const { status, stdout } = spawnSync(process.execPath, [program, 'verify'], {
    env: { PATH: process.env.PATH, AUDIT_DIR: place.at, LOCAL_KEY_DIR: join(place.at, 'none') },
    encoding: 'utf8',
  });
  expect(stdout).toContain(`edited segments/${segment}:4: session s, epoch 1767225600000, seq 1`);
  expect(status).toBe(1);
  expect(readdirSync(join(place.at, 'none'))).toEqual([]);
});

it('erase tells memory and is on record though recordings cannot be removed, and says so', async () => {
  await using place = await filePlace();
  await (await place.open()).close();
  rmSync(join(place.at, 'recordings'), { recursive: true, force: true });
  writeFileSync(join(place.at, 'recordings'), 'no folder');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, 'erase', anna, '--tenant', 'acme', '--json'],
    {
      env: {
        PATH: process.env.PATH,
        AUDIT_DIR: place.at,
        LOCAL_KEY_DIR: join(place.at, 'none'),
        REDIS_URL: redis.url,
      },
      encoding: 'utf8',
    },
  );
  expect(stderr).toContain('recordings could not be removed');
  expect(JSON.parse(stdout)).toMatchObject({ memory: 'queued', recordings: 'not removed' });
  expect(status).toBe(1);
});
