import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { inProject } from '../src/project.ts';

it.each(['gateway', 'worker'])(
  'a %s whose environment is wrong says all that is wrong and exits with 78',
  async (role) => {
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, [inProject(role, 'src/main.ts')], {
      env: {
        PATH,
        HOME,
        PORT: 'eighty',
        OPENAI_BASE_URL: 'not an address',
        LEASE_MS: '1',
        OPENAI_API_KEY: 'sk-only-the-workers-know',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(code).toBe(78);
    for (const name of ['PORT', 'OPENAI_BASE_URL', 'LEASE_MS', 'LINK_SECRET: must be set'])
      expect(said).toContain(name);
    expect(said).not.toContain('sk-only');
  },
);
