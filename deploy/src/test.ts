// `npm test [-- what]`: the checks, then every test (or those whose file name holds one of the arguments).
// The last line is "N passed, N failed".
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from './check.ts';
import { chromium } from './chromium.ts';
import { endWithParent } from './end-with-parent.ts';
import { nginxPackage } from './nginx-server.ts';
import { postgresPackage } from './postgres-server.ts';
import { inProject } from './project.ts';
import { redisPackage } from './redis-server.ts';
import { runProgram } from './run-program.ts';
import { MissingProgram, requireProgram } from './system-package.ts';
import { judge, type Report, type Verdict } from './test-result.ts';

/** Twice and more what all of it takes; what takes longer hangs. */
const wholeLimitMs = 40 * 60_000;

const end = new AbortController();
endWithParent(() => end.abort());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end.abort());
const late = setTimeout(() => {
  console.error(`\nthe tests took longer than ${wholeLimitMs / 60_000} minutes and were ended`);
  end.abort();
}, wholeLimitMs);

const verdict = await run(process.argv.slice(2));
clearTimeout(late);
for (const reason of verdict.reasons) console.log(`✗ ${reason}`);
console.log(`\n${verdict.passed} passed, ${verdict.failed} failed`);
process.exitCode = verdict.failed === 0 ? 0 : 1;

async function run(given: readonly string[]): Promise<Verdict> {
  try {
    const redis = await requireProgram(redisPackage, console.log);
    process.env.CHROMIUM = await requireProgram(chromium, console.log);
    const postgres = await requireProgram(postgresPackage, console.log);
    const nginx = await requireProgram(nginxPackage, console.log);
    console.log(`✓ ${redis}, ${process.env.CHROMIUM}, ${postgres}, ${nginx}`);
  } catch (error) {
    if (!(error instanceof MissingProgram)) throw error;
    return { passed: 0, failed: 1, reasons: [`the tests need a program: ${error.message}`] };
  }
  const failedChecks = await check();
  const { passed, failed, reasons } = await vitest(given);
  if (failedChecks > 0) reasons.push(`${failedChecks} of the checks before the tests failed, see above`);
  return { passed, failed: failed + failedChecks, reasons };
}

async function vitest(given: readonly string[]): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'vjj-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['default', 'json', inProject('deploy/src/failure-reporter.ts')];
    const args = [
      'run',
      ...reporters.map((one) => `--reporter=${one}`),
      `--outputFile.json=${file}`,
      ...given,
    ];
    const program = inProject('node_modules/vitest/vitest.mjs');
    const { code } = await runProgram(process.execPath, [program, ...args], {
      output: 'show',
      signal: end.signal,
    });
    return judge(reportIn(file), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportIn(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}
