import type { Reporter, TestCase } from 'vitest/node';

/** Tells why a test failed when it does: vitest itself tells at the end, and a run that is ended has none. */
export default class FailureReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    const isSecondTry = test.diagnostic()?.flaky ?? false;
    if (state !== 'failed' && !isSecondTry) return;
    const what = isSecondTry ? '⚠ only at the second try:' : '✗';
    console.error(`${what} ${test.module.relativeModuleId} > ${test.fullName}`);
    for (const { stack, message, diff } of errors ?? [])
      console.error(indented(`${stack ?? message}\n${diff ?? ''}`.trimEnd()));
  }
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}
