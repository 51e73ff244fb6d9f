// Writes `evals/pii/spoken.jsonl`, and `spoken-held-out.jsonl` of other carriers and ways of saying: the same each time.
import { writeFileSync } from 'node:fs';
import { spokenLines } from './spoken-lines.ts';

for (const [name, seed, isHeldOut] of [
  ['spoken', 1, false],
  ['spoken-held-out', 2, true],
] as const) {
  const lines = spokenLines(seed, isHeldOut).map(({ text, spans }) =>
    JSON.stringify({ text, role: 'user', spans }),
  );
  writeFileSync(new URL(`../../evals/pii/${name}.jsonl`, import.meta.url), `${lines.join('\n')}\n`);
}
