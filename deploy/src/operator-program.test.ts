import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { actsOn, operatorCommand, shareEnvironment } from './operator-program.ts';
import { inProject } from './project.ts';
import { runProgram } from './run-program.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'vjj-operator-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}

it('acts on the start that keeps its things in the folder that is named', () => {
  const data = folder();
  const running = { CLUSTER_NAME: 'here', REDIS_URL: 'redis://:secret@127.0.0.1:7001', AUDIT_DIR: '/trail' };
  const ended = shareEnvironment(data, running);
  const { args, env } = operatorCommand(['verify', '--data', data, '--json']);
  expect(args).toEqual(['verify', '--json']);
  expect(env).toMatchObject(running);
  expect(actsOn(env)).toBe('cluster here, Redis at 127.0.0.1:7001, audit trail in /trail');
  ended();
  // What it has left is there still.
  expect(operatorCommand([`--data=${data}`]).env).toMatchObject({ AUDIT_DIR: join(data, 'audit') });
});

it('takes an empty variable for one that is not set, as the start does', () => {
  const data = folder();
  shareEnvironment(data, { LINK_SECRET: 'of the running cluster', AUDIT_MASTER_KEY: 'its key' });
  vi.stubEnv('LINK_SECRET', '');
  vi.stubEnv('AUDIT_MASTER_KEY', 'given');
  const { env } = operatorCommand(['--data', data]);
  expect(env).toMatchObject({ LINK_SECRET: 'of the running cluster', AUDIT_MASTER_KEY: 'given' });
});

it.each(['audit', 'queues', 'memory', 'knowledge'])(
  'the help of npm run %s names --data',
  async (command) => {
    const { output } = await runProgram(process.execPath, [inProject(`deploy/src/${command}.ts`), '--help']);
    expect(output).toContain('--data <folder>');
  },
);
