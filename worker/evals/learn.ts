import { doubt, heads, type Weights } from '../src/policy/moderation/classifier.ts';
import { buckets } from '../src/policy/moderation/features.ts';
import type { TrainingRow } from './training-rows.ts';
import { randomFrom } from './written-examples.ts';

const epochs = 6;
const rate = 0.3;
/** A texts' sentences count this much beside the whole, where all of them are clean. */
const sentenceWeight = 0.3;

/** Logistic regression of every head over the same features, AdaGrad, fixed seed; quantised to eight bits. */
export function learned(rows: readonly TrainingRow[]): Weights {
  const weights = new Float32Array(buckets * heads);
  const squares = new Float32Array(buckets * heads);
  const biases = new Float32Array(heads).fill(-2);
  const biasSquares = new Float32Array(heads).fill(1);
  const random = randomFrom(11);
  const order = rows.flatMap((row) => [
    { features: row.features, targets: row.targets, weight: row.weight },
    ...(row.labels.length > 0
      ? []
      : row.sentences.map((features) => ({
          features,
          targets: row.targets,
          weight: row.weight * sentenceWeight,
        }))),
  ]);
  const errors = new Float64Array(heads);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    shuffle(order, random);
    for (const { features, targets, weight } of order) {
      if (features.length === 0) continue;
      const norm = 1 / Math.sqrt(doubt + features.length);
      errors.fill(0);
      for (const feature of features) {
        const at = feature * heads;
        for (let head = 0; head < heads; head += 1)
          errors[head] = (errors[head] ?? 0) + (weights[at + head] ?? 0);
      }
      let isWrong = false;
      for (let head = 0; head < heads; head += 1) {
        const logit = (biases[head] ?? 0) + (errors[head] ?? 0) * norm;
        const error = ((targets[head] ?? 0) - 1 / (1 + Math.exp(-logit))) * weight;
        errors[head] = Math.abs(error) < 0.002 ? 0 : error;
        if (errors[head] !== 0) isWrong = true;
        const square = (biasSquares[head] ?? 0) + error * error;
        biasSquares[head] = square;
        biases[head] = (biases[head] ?? 0) + (rate * error) / Math.sqrt(square);
      }
      if (!isWrong) continue;
      for (const feature of features) {
        const at = feature * heads;
        for (let head = 0; head < heads; head += 1) {
          const error = errors[head] ?? 0;
          if (error === 0) continue;
          const gradient = error * norm;
          const square = (squares[at + head] ?? 0) + gradient * gradient;
          squares[at + head] = square;
          weights[at + head] = (weights[at + head] ?? 0) + (rate * gradient) / Math.sqrt(square + 1e-4);
        }
      }
    }
  }
  return quantised(weights, biases);
}

function quantised(weights: Float32Array, biases: Float32Array): Weights {
  // The few largest are clipped, or they would leave no steps for the others.
  const sizes = weights
    .filter((weight) => weight !== 0)
    .map(Math.abs)
    .sort();
  const largest = sizes[Math.floor(sizes.length * 0.9995)] ?? 1;
  const scale = largest / 127;
  const rows = new Int8Array(weights.length);
  for (const [at, weight] of weights.entries()) {
    rows[at] = Math.max(-127, Math.min(127, Math.round(weight / scale)));
  }
  return { scale, biases, rows };
}

function shuffle<T>(items: T[], random: () => number): void {
  for (let at = items.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    const item = items[at];
    const swapped = items[other];
    if (item === undefined || swapped === undefined) continue;
    items[at] = swapped;
    items[other] = item;
  }
}
