/** What of vitest's JSON report is read here. */
export interface Report {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: unknown[] }[];
}

export interface Verdict {
  passed: number;
  failed: number;
  /** Why it is not good, one reason a line. */
  reasons: string[];
}

/** Judges a run by its report; undefined: there is none, the run broke off. */
export function judge(report: Report | undefined, exitCode: number): Verdict {
  if (report === undefined) return { passed: 0, failed: 1, reasons: ['the run broke off before its end'] };
  const reasons: string[] = [];
  let failed = report.numFailedTests;
  // A file that cannot be read holds no test that could fail.
  const broken = report.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0);
  failed += broken.length;
  for (const { name } of broken) reasons.push(`no test of ${name} could run`);
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) {
    failed += skipped;
    reasons.push(`${skipped} skipped: a test that is not run does not count as good`);
  }
  if (report.numPassedTests + failed === 0) {
    failed = 1;
    reasons.push('no test was run');
  }
  if (failed === 0 && (exitCode !== 0 || !report.success)) {
    failed = 1;
    reasons.push('an error outside of any test, see above');
  }
  return { passed: report.numPassedTests, failed, reasons };
}
