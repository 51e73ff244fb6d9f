import { categories } from '../src/policy/moderation/category.ts';
import { anyHead, type Classifier } from '../src/policy/moderation/classifier.ts';
import { Moderation } from '../src/policy/moderation/moderation.ts';
import { defaultThresholds, type Thresholds } from '../src/policy/moderation/thresholds.ts';
import { shifted } from './draw-curve.ts';
import type { TrainingRow } from './training-rows.ts';

const service = new Set(['clinc150', 'banking77', 'dstc9-faq']);
/** Held-out clean rows that one head may flag: lines of service, XSTest's, and shares of the written and of others. */
const allowed = { service: 4, xstest: 3, written: 0.05, other: 0.15 };
const lowest = 0.18;
/** Its words are everybody's: to tell, to answer, a word, a name; unseen callers use them in other ways. */
const lowestOfJailbreak = 0.4;
/** Log-odds on top: callers talk of other things than these sets do, and are flagged more easily. */
const caution = 0.7;
const silence = new Float64Array(anyHead + 1).fill(-100);

/** For each head: the lowest threshold that raises no more false alarms on held-out rows than allowed. */
export function chosenThresholds(
  rows: readonly TrainingRow[],
  heldFor: (row: TrainingRow) => Classifier | undefined,
  note: (text: string) => void,
): Thresholds {
  const clean = rows.filter(({ labels }) => labels.length === 0);
  const scores = clean.map((row) => ({ row, peaks: peaksOf(row, heldFor(row)) }));
  const found: Record<string, number> = {};
  for (const [head, name] of [...categories, 'any' as const].entries()) {
    const of = (isMember: (set: string) => boolean, spare: number) => {
      const sorted = scores
        .filter(({ row }) => isMember(row.set))
        .map(({ peaks }) => peaks[head] ?? 0)
        .toSorted((a, b) => b - a);
      return (sorted[Math.floor(spare < 1 ? spare * sorted.length : spare)] ?? 0) + 1e-4;
    };
    const limits = {
      service: of((set) => service.has(set), allowed.service),
      xstest: of((set) => set === 'xstest-safe', allowed.xstest),
      written: of((set) => set === 'written', allowed.written),
      // Hate that is quoted or denied is for the head of hate alone to tell apart.
      other: of((set) => set === 'openai-moderation', allowed.other),
    };
    note(
      `${name}: ${Object.entries(limits)
        .map(([of, limit]) => `${of} ${limit.toFixed(3)}`)
        .join(', ')}`,
    );
    const least = name === 'JAILBREAK' ? lowestOfJailbreak : lowest;
    found[name] = Math.min(0.995, Math.ceil(Math.max(least, ...Object.values(limits)) * 1_000) / 1_000);
  }
  return shifted({ ...defaultThresholds, ...found }, caution);
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
