// `npm run evals -- gate|moderation|pii|claims|cost|retrieval|evidence|frames|train …`: measures what guards and knowledge are worth.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inProject } from './project.ts';
import { redisPackage } from './redis-server.ts';
import { runForOutput } from './run-for-output.ts';
import { requirePrograms } from './system-package.ts';
import { startTestbed } from './testbed.ts';

const help = `npm run evals -- gate [--runs 500] [--json out.json]

  gate   how much of a disallowed answer is heard, in fast and in strict mode, against a cluster and the emulator of
         its own; also how exactly an interrupted answer is cut, and how soon each lane is heard

npm run evals -- moderation|pii|claims --set <file.jsonl> [--json out.json] [--stream]

  moderation   what the moderation says of texts whose categories are known: recall, false alarms, cost, misses
  pii          what of the personal data in texts is found
  claims       what sentences claim of a product, against lists of claims
  --stream     moderation, pii: word by word, as it is said; tells the text at which it was decided
  --patterns-only   moderation: without the classifier
  --words-only      claims: without the embeddings

npm run evals -- cost --set <file.jsonl> [--json out.json]

  cost         what judging one word more costs, of callers and of agents, by all of the policy but the embeddings

npm run evals -- retrieval --set <name | documents.jsonl+queries.jsonl> [--json out.json]

  retrieval    how often the document that answers a question is found, by words, by meaning, and by both as in a call

npm run evals -- evidence [--events 20000] [--json out.json]

  evidence     what handing over an audit event costs the event loop, in microseconds

npm run evals -- frames [--frames 20000] [--json out.json]

  frames       what a piece of audio costs a worker by itself, in microseconds, in and out of the processor's caches

npm run evals -- train [--dry] [--curve] [--alarms] [--misses '<regular expression>']

  train        learns the classifier's weights anew from evals/moderation; always the same`;

const own: Readonly<Record<string, string>> = {
  moderation: 'worker/evals/evaluate.ts',
  pii: 'worker/evals/evaluate.ts',
  claims: 'worker/evals/evaluate.ts',
  cost: 'worker/evals/evaluate.ts',
  retrieval: 'worker/evals/evaluate.ts',
  evidence: 'worker/evals/evidence-cost.ts',
  frames: 'worker/evals/frame-cost.ts',
  train: 'worker/evals/train-moderation.ts',
};
const program = own[process.argv[2] ?? ''];
if (program !== undefined) {
  const { status } = spawnSync(process.execPath, [inProject(program), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

const { positionals, values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { json: { type: 'string' }, runs: { type: 'string', default: '500' }, help: { type: 'boolean' } },
});

if (values.help || positionals[0] !== 'gate') {
  console.log(help);
  process.exit(values.help ? 0 : 2);
}
await requirePrograms(redisPackage);
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
