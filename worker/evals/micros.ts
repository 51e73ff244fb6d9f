/** What single steps cost, in microseconds. */
export class Micros {
  readonly #values: number[] = [];

  /** Runs something and notes how long it took. */
  time<T>(run: () => T): T {
    const start = process.hrtime.bigint();
    const result = run();
    this.#values.push(Number(process.hrtime.bigint() - start) / 1_000);
    return result;
  }

  add(micros: number): void {
    this.#values.push(micros);
  }

  summary(): { p50: number; p99: number } {
    const sorted = this.#values.toSorted((a, b) => a - b);
    const at = (share: number) =>
      Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 10) / 10;
    return { p50: at(0.5), p99: at(0.99) };
  }
}
