import { describe, expect, it } from 'vitest';
import { judge, type Report } from './test-result.ts';

const good: Report = {
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [1, 2, 3] }],
};
const broken = { name: 'b.test.ts', status: 'failed', assertionResults: [] };

describe('the verdict over a test run', () => {
  it.each<[string, Report | undefined, number, number, number]>([
    ['all is well', good, 0, 3, 0],
    ['a test fails', { ...good, success: false, numFailedTests: 2 }, 1, 3, 2],
    ['a file cannot be read', { ...good, success: false, testResults: [broken] }, 1, 3, 1],
    ['a test is skipped', { ...good, numPendingTests: 1 }, 0, 3, 1],
    ['a test is only planned', { ...good, numTodoTests: 1 }, 0, 3, 1],
    ['nothing ran', { ...good, numPassedTests: 0, testResults: [] }, 0, 0, 1],
    ['an error belongs to no test', good, 1, 3, 1],
    ['the run broke off', undefined, 1, 0, 1],
  ])('when %s', (_case, report, exitCode, passed, failed) => {
    const verdict = judge(report, exitCode);
    expect(verdict).toMatchObject({ passed, failed });
  });
});
