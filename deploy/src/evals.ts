// `npm run evals -- gate [--runs 500] [--json out.json]`: measures what the agents' guards are worth.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inProject } from './project.ts';
import { runForOutput } from './run-for-output.ts';
import { startTestbed } from './testbed.ts';

const help = `npm run evals -- gate [--runs 500] [--json out.json]

  gate   how much of a disallowed answer is heard, in fast and in strict mode, against a cluster and the emulator of
         its own; also how exactly an interrupted answer is cut, and how soon each lane is heard`;

const { positionals, values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { json: { type: 'string' }, runs: { type: 'string', default: '500' }, help: { type: 'boolean' } },
});

if (values.help || positionals[0] !== 'gate') {
  console.log(help);
  process.exit(values.help ? 0 : 2);
}
const reports: unknown[] = [];
for (const mode of ['fast', 'strict'] as const) {
  console.error(`${mode}: ${values.runs} answers that turn bad, 100 interruptions …`);
  reports.push(await evaluateGate(mode));
}
const text = `${JSON.stringify(reports, null, 2)}\n`;
if (values.json !== undefined) writeFileSync(values.json, text);
console.log(text);

async function evaluateGate(mode: 'fast' | 'strict'): Promise<unknown> {
  await using bed = await startTestbed({
    workers: 1,
    env: {
      AGENTS_DIR: inProject('loadtest/evals/agents'),
      POLICY_HOLD: mode === 'strict' ? 'sentence' : 'pace',
      LOG_LEVEL: 'warn',
    },
  });
  const output = await runForOutput(process.execPath, [
    inProject('loadtest/evals/gate.ts'),
    ...['--url', `${bed.wsUrl}/ws`, '--emulator', bed.emulatorUrl, '--mode', mode, '--runs', values.runs],
  ]);
  return JSON.parse(output);
}
