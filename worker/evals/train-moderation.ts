// `npm run evals -- train [--leave-out <set>]`: learns the classifier's weights from the sets under evals/ and the
// written examples, always the same ones. Prints the thresholds and what they give, on folds that were not learned
// from; with `--leave-out`, on a set of which nothing was learned.
import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Category, categories } from '../src/policy/moderation/category.ts';
import { anyHead, Classifier, encodeWeights } from '../src/policy/moderation/classifier.ts';
import { Moderation } from '../src/policy/moderation/moderation.ts';
import { defaultThresholds, type Thresholds } from '../src/policy/moderation/thresholds.ts';
import { learned } from './learn.ts';
import { folds, type TrainingRow, trainingRows } from './training-rows.ts';

const sets = new URL('../../evals/moderation/', import.meta.url);
const service = new Set(['clinc150', 'banking77']);
/** Held-out clean rows that one head may flag: lines of service, XSTest's, and shares of the written and of others. */
const allowed = { service: 2, xstest: 1, written: 0.006, other: 0.07 };
const lowest = 0.22;
const silence = new Float64Array(anyHead + 1).fill(-100);

const { values } = parseArgs({
  allowPositionals: true,
  options: { 'leave-out': { type: 'string' }, dry: { type: 'boolean' } },
});
const started = performance.now();
const note = (text: string) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0)} s: ${text}`);

const rows = trainingRows(
  readdirSync(sets)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => new URL(name, sets).pathname),
);
note(`${rows.length} texts, ${rows.reduce((sum, { features }) => sum + features.length, 0)} features`);

const left = values['leave-out'];
if (left !== undefined) {
  const classifier = new Classifier(learned(rows.filter(({ set }) => set !== left)));
  const moderation = new Moderation(undefined, classifier);
  console.log(
    report(
      rows.filter(({ set }) => set === left),
      () => moderation,
    ),
  );
} else {
  const held = Array.from({ length: folds }, (_, fold) => {
    note(`fold ${fold + 1} of ${folds}`);
    return new Classifier(learned(rows.filter((row) => row.fold !== fold)));
  });
  const thresholds = chosen(rows, held);
  console.log(JSON.stringify(thresholds, null, 2));
  const moderations = held.map((classifier) => new Moderation(undefined, classifier, thresholds));
  console.log(report(rows, ({ fold }) => moderations[fold] ?? new Moderation()));
  if (values.dry !== true) {
    const file = new URL('../src/policy/moderation/moderation.weights', import.meta.url);
    writeFileSync(file, encodeWeights(learned(rows)));
  }
}
note('done');

/** For each head: the lowest threshold that raises no more false alarms on held-out rows than allowed. */
function chosen(all: readonly TrainingRow[], held: readonly Classifier[]): Thresholds {
  const clean = all.filter(({ labels }) => labels.length === 0);
  const scores = clean.map((row) => ({ row, peaks: peaksOf(row, held[row.fold]) }));
  const found: Record<string, number> = {};
  for (const [head, name] of [...categories, 'any' as const].entries()) {
    const of = (isMember: (set: string) => boolean, spare: number) => {
      const sorted = scores
        .filter(({ row }) => isMember(row.set))
        .map(({ peaks }) => peaks[head] ?? 0)
        .toSorted((a, b) => b - a);
      return (sorted[Math.floor(spare < 1 ? spare * sorted.length : spare)] ?? 0) + 1e-4;
    };
    const limit = Math.max(
      lowest,
      of((set) => service.has(set), allowed.service),
      of((set) => set === 'xstest-safe', allowed.xstest),
      of((set) => set === 'written', allowed.written),
      // Hate that is quoted or denied is for the head of hate alone to tell apart.
      of((set) => set === 'openai-moderation', allowed.other),
    );
    note(
      `${name}: service ${of((set) => service.has(set), allowed.service).toFixed(3)}, ` +
        `xstest ${of((set) => set === 'xstest-safe', allowed.xstest).toFixed(3)}, ` +
        `written ${of((set) => set === 'written', allowed.written).toFixed(3)}, ` +
        `other ${of((set) => set === 'openai-moderation', allowed.other).toFixed(3)}`,
    );
    found[name] = Math.min(0.995, Math.ceil(limit * 1_000) / 1_000);
  }
  return { ...defaultThresholds, ...found };
}

/** The highest score each head ever gives a row while it is said. */
function peaksOf({ role, text }: TrainingRow, classifier: Classifier | undefined): number[] {
  if (classifier === undefined) return [];
  const scores = classifier.start();
  const peaks = new Array<number>(anyHead + 1).fill(0);
  const noted = (logits: Float64Array, margin: number) => {
    for (const [head, logit] of logits.entries()) {
      peaks[head] = Math.max(peaks[head] ?? 0, 1 / (1 + Math.exp(margin - logit)));
    }
    return silence;
  };
  const turn = Moderation.listen(role, {
    word: (word, classes) => scores.word(word, classes),
    phrase: (id, isExcuse) => scores.phrase(id, isExcuse),
    quote: () => scores.quote(),
    dropSentence: () => scores.dropSentence(),
    sentence: () => scores.sentence(),
    ofSentence: (margin) => noted(scores.ofSentence(), margin),
    ofTurn: () => noted(scores.ofTurn(), 0),
  });
  turn.push(text);
  turn.finish();
  return peaks;
}

function report(some: readonly TrainingRow[], moderationOf: (row: TrainingRow) => Moderation): string {
  const lines = new Map<string, { n: number; right: number; any: number }>();
  const alarms: string[] = [];
  for (const row of some) {
    const findings = moderationOf(row).moderate(row.role, row.text);
    const labels: readonly (Category | 'clean')[] = row.labels.length > 0 ? row.labels : ['clean'];
    for (const label of labels) {
      const key = `${row.set.padEnd(20)} ${label.padEnd(17)}`;
      const line = lines.get(key) ?? { n: 0, right: 0, any: 0 };
      lines.set(key, line);
      line.n += 1;
      if (findings.length > 0) line.any += 1;
      if (findings.some(({ category }) => category === label)) line.right += 1;
    }
    if (
      row.labels.length === 0 &&
      findings.length > 0 &&
      row.set !== 'hatecheck' &&
      row.set !== 'openai-moderation'
    ) {
      alarms.push(`${row.set} ${findings.map(({ patternId }) => patternId).join()} ${row.text}`);
    }
  }
  const percent = (part: number, n: number) => `${((100 * part) / n).toFixed(2)} %`.padStart(9);
  return [
    ...[...lines]
      .toSorted()
      .map(
        ([key, { n, right, any }]) =>
          `${key} ${String(n).padStart(6)}  right ${percent(right, n)}  any ${percent(any, n)} (${any})`,
      ),
    ...alarms.slice(0, 60),
  ].join('\n');
}
