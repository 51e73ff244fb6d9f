// `npm run evals -- train [--dry] [--curve]`: learns the classifier's weights from the sets under evals/ and the written
// examples, always the same ones. Prints the thresholds and, as a table, what they give on rows that were not learned from
// (folds) and on sets of which nothing was learned (left out). `--curve` draws what other thresholds would give.
// `--alarms` lists the clean lines that were flagged, `--misses <regular expression>` what is missed of sets and labels.
import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Category } from '../src/policy/moderation/category.ts';
import { Classifier, encodeWeights } from '../src/policy/moderation/classifier.ts';
import { type Finding, Moderation } from '../src/policy/moderation/moderation.ts';
import type { Thresholds } from '../src/policy/moderation/thresholds.ts';
import { chosenThresholds } from './choose-thresholds.ts';
import { type Count, drawCurve, pointOf, shifted, steps } from './draw-curve.ts';
import { learned } from './learn.ts';
import { folds, type TrainingRow, trainingRows } from './training-rows.ts';

const directory = new URL('../../evals/moderation/', import.meta.url);

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    dry: { type: 'boolean', default: false },
    curve: { type: 'boolean', default: false },
    alarms: { type: 'boolean', default: false },
    misses: { type: 'string' },
  },
});
const started = performance.now();
const note = (text: string) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0)} s: ${text}`);

const files = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
const rows = trainingRows(files.map((name) => new URL(name, directory).pathname));
note(`${rows.length} texts, ${rows.reduce((sum, { features }) => sum + features.length, 0)} features`);

const held = Array.from({ length: folds }, (_, fold) => {
  note(`fold ${fold + 1} of ${folds}`);
  return new Classifier(learned(rows.filter((row) => row.fold !== fold)));
});
const thresholds = chosenThresholds(rows, (row) => held[row.fold], note);
console.log(JSON.stringify(thresholds, null, 2));

const bySet = new Map(
  [...new Set(rows.map(({ set }) => set))].flatMap((set): [string, Classifier][] => {
    if (set === 'written') return [];
    note(`without ${set}`);
    return [[set, new Classifier(learned(rows.filter((row) => row.set !== set)))]];
  }),
);
const ofFold = (row: TrainingRow) => held[row.fold];
const ofOtherSets = (row: TrainingRow) => bySet.get(row.set);
const inFolds = counted(rows, ofFold, thresholds, 'fold');
const leftOut = counted(rows, ofOtherSets, thresholds, 'left out');
console.log(table());
if (values.curve) {
  const ofSets = rows.filter(({ set }) => set !== 'written');
  const curve = (judge: typeof ofFold) =>
    steps.map((step) => pointOf(counted(ofSets, judge, shifted(thresholds, step)), step === 0));
  const svg = drawCurve([
    { name: 'rows held out (folds)', colour: '#1f6feb', points: curve(ofFold) },
    { name: 'whole sets left out', colour: '#d1242f', points: curve(ofOtherSets) },
  ]);
  writeFileSync(new URL('../../evals/moderation-curve.svg', import.meta.url), svg);
  note('drawn');
}

if (!values.dry) {
  const file = new URL('../src/policy/moderation/moderation.weights', import.meta.url);
  writeFileSync(file, encodeWeights(learned(rows)));
}
note('done');

/** By set and label. @param told names the run where its alarms and misses are to be listed */
function counted(
  judged: readonly TrainingRow[],
  judge: (row: TrainingRow) => Classifier | undefined,
  usual: Thresholds,
  told?: string,
): Map<string, Count> {
  const counts = new Map<string, Count>();
  const moderations = new Map<Classifier | undefined, Moderation>();
  for (const row of judged) {
    const classifier = judge(row);
    const moderation = moderations.get(classifier) ?? new Moderation(undefined, classifier, usual);
    moderations.set(classifier, moderation);
    const findings = moderation.moderate(row.role, row.text);
    const labels: readonly (Category | 'clean')[] = row.labels.length > 0 ? row.labels : ['clean'];
    for (const label of labels) {
      const key = `${row.set} | ${label}`;
      const count = counts.get(key) ?? { n: 0, right: 0, any: 0 };
      counts.set(key, count);
      count.n += 1;
      if (findings.length > 0) count.any += 1;
      const isRight = findings.some(({ category }) => category === label);
      if (isRight) count.right += 1;
      if (told !== undefined) tell(`${told} ${key}`, row, findings, isRight);
    }
  }
  return counts;
}

function tell(run: string, row: TrainingRow, findings: readonly Finding[], isRight: boolean): void {
  const isClean = row.labels.length === 0;
  const isListed = isClean
    ? values.alarms && findings.length > 0
    : values.misses !== undefined && !isRight && new RegExp(values.misses).test(run);
  if (!isListed) return;
  console.log(`${run}: ${findings.map(({ patternId }) => patternId).join()}: ${row.text.slice(0, 250)}`);
}

function table(): string {
  const percent = (part: number, n: number) => `${((100 * part) / n).toFixed(part === 0 ? 0 : 2)} %`;
  const lines = [...inFolds].toSorted().map(([key, { n, right, any }]) => {
    const left = leftOut.get(key) ?? { n: 0, right: 0, any: 0 };
    const isLeftOut = !key.startsWith('written');
    if (key.endsWith('clean')) {
      return `| ${key} | ${n} | | ${percent(any, n)} (${any}) | | ${isLeftOut ? `${percent(left.any, n)} (${left.any})` : ''} |`;
    }
    const of = (count: Count) => `${percent(count.right, n)} | ${percent(count.any, n)}`;
    return `| ${key} | ${n} | ${of({ n, right, any })} | ${isLeftOut ? of(left) : '|'} |`;
  });
  return [
    '| set | label | rows | folds: right category | any | set left out: right category | any |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
