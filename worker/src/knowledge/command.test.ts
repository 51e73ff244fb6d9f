import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('command.ts', import.meta.url));

it('adds nothing for a tenant, whom no caller could be of', () => {
  const { status, stderr } = spawnSync(process.execPath, [program, 'add', 'a.md', '--tenant', 'acme'], {
    env: { REDIS_URL: 'redis://127.0.0.1:9' },
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('there are no tenants yet');
});
