import { expect, it } from 'vitest';
import { inProject } from '../src/project.ts';
import { redisPackage } from '../src/redis-server.ts';
import { runProgram } from '../src/run-program.ts';
import { findProgram } from '../src/system-package.ts';

/** Nothing is found on such a path, nor what would install it. */
const path = '/nowhere';

it.skipIf(findProgram(redisPackage.programs, path) !== undefined).each([
  ['bench', '--quick'],
  ['loadtest', 'capacity'],
  ['evals', 'gate'],
  ['chaos', '--seconds', '1'],
  ['audit', 'replay', inProject('deploy/test/calls/stopped-answer.jsonl')],
])('npm run %s says how to get the Redis that is missing, and nothing else', async (command, ...args) => {
  const program = inProject(`deploy/src/${command}.ts`);
  const { code, output } = await runProgram(process.execPath, [program, ...args], { env: { PATH: path } });
  expect(output).toContain('Redis is missing. Install it with:');
  expect(output).not.toMatch(/^ {4}at /m);
  expect(code).toBe(2);
});
