/** The embeddings of texts, each of length 1, one after the other: the dot product of two is their cosine. */
export class Vectors {
  readonly dimensions: number;
  readonly values: Float32Array;

  /** @param values of all texts, of any length but 0; they are brought to length 1 in place */
  constructor(values: Float32Array, dimensions: number) {
    this.dimensions = dimensions;
    this.values = values;
    for (let start = 0; start < values.length; start += dimensions) {
      normalise(values.subarray(start, start + dimensions));
    }
  }

  static of(rows: readonly ArrayLike<number>[], dimensions: number): Vectors {
    const values = new Float32Array(rows.length * dimensions);
    for (const [index, row] of rows.entries()) values.set(row, index * dimensions);
    return new Vectors(values, dimensions);
  }

  get count(): number {
    return this.values.length / this.dimensions;
  }

  /** How alike the question is to each text, −1…1. @param question of length 1 */
  likeness(question: Float32Array): Float32Array {
    const { dimensions, values, count } = this;
    const scores = new Float32Array(count);
    for (let index = 0, at = 0; index < count; index++) {
      // Four sums at once: one would wait for itself.
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let i = 0; i < dimensions; i += 4, at += 4) {
        a += values[at]! * question[i]!;
        b += values[at + 1]! * question[i + 1]!;
        c += values[at + 2]! * question[i + 2]!;
        d += values[at + 3]! * question[i + 3]!;
      }
      scores[index] = a + b + c + d;
    }
    return scores;
  }
}

/** Brings a vector to length 1 in place; one without a direction stays as it is. */
export function normalise(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
  return vector;
}
