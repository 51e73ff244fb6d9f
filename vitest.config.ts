import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { runsTypeScript } from './deploy/choose-node.mjs';

// vitest runs on older releases too; the processes the tests start would not.
if (!runsTypeScript(process.version)) {
  throw new Error(`the tests need Node 22.18 or newer, this is ${process.version}: use \`npm test\``);
}

const notOurs = ['**/node_modules/**', '**/dist/**'];
/** They measure what a person hears; others beside them would be heard too. */
const alone = ['browser', 'recording'].map((name) => `deploy/test/${name}.test.ts`);

/** They take longest, and are short to read: by the length of the file, which is what vitest goes by, they came last. */
const longest = [
  ...['chaos', 'load', 'replay'].map((name) => `deploy/test/${name}.test.ts`),
  ...['audit/audit-recorder', 'recorder', 'audit/command/audit-command', 'consumer'].map(
    (name) => `worker/recorder/${name}.test.ts`,
  ),
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => longest.some((path) => moduleId.endsWith(path));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    // A test that hangs fails; none waits for longer than this. To have two lines spoken takes 15 s on a busy machine.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    // What is polled for comes when the machine has time; within the one second that vitest gives it, it did not always.
    expect: { poll: { timeout: 10_000 } },
    // A machine that stood still is no fault of the code, and a fault of the code shows again. Whoever needs the second
    // try is named, with what failed, by `failure-reporter.ts`: it is to be looked into all the same.
    retry: 1,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['{shared,gateway,worker,client,loadtest}/**/*.test.{ts,tsx}', 'deploy/src/**/*.test.ts'],
          exclude: notOurs,
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // They wait for speech to be spoken and for leases to run out: even three at a time leave half of two cores idle.
          name: 'cluster',
          include: ['deploy/test/**/*.test.ts'],
          exclude: [...notOurs, ...alone],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
