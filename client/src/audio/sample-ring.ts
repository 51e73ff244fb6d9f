/** A first-in, first-out ring of PCM16 samples that grows when it is full: no speech is lost to its size. */
export class SampleRing {
  #samples: Int16Array;
  #head = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#samples = new Int16Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(samples: Int16Array): void {
    this.#makeRoom(samples.length);
    const capacity = this.#samples.length;
    const tail = (this.#head + this.#length) % capacity;
    const first = Math.min(samples.length, capacity - tail);
    this.#samples.set(samples.subarray(0, first), tail);
    this.#samples.set(samples.subarray(first), 0);
    this.#length += samples.length;
  }

  /** Takes the oldest sample; 0 when there is none. */
  shift(): number {
    if (this.#length === 0) return 0;
    const sample = this.#samples[this.#head] ?? 0;
    this.#head = (this.#head + 1) % this.#samples.length;
    this.#length--;
    return sample;
  }

  /** Keeps the oldest `length` samples, faded to silence, and forgets the others. */
  cutWithFade(length: number): void {
    this.#length = Math.min(this.#length, length);
    for (let at = 0; at < this.#length; at++) {
      const index = (this.#head + at) % this.#samples.length;
      this.#samples[index] = (this.#samples[index] ?? 0) * (1 - (at + 1) / this.#length);
    }
  }

  #makeRoom(added: number): void {
    const needed = this.#length + added;
    if (needed <= this.#samples.length) return;
    const larger = new Int16Array(Math.max(needed, this.#samples.length * 2));
    for (let at = 0, kept = this.#length; at < kept; at++)
      larger[at] = this.#samples[(this.#head + at) % this.#samples.length] ?? 0;
    this.#samples = larger;
    this.#head = 0;
  }
}
