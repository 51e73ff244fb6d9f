import { z } from 'zod';

const at = { connection: z.number().int().positive() };

/**
 * One line of a tape. A connection's first line says what becomes of it; each line after that is one thing the service
 * does: `delayMs` after it was asked for `after.what` for the `after.n`th time, or after the connection was opened.
 */
export const tapeLineSchema = z.union([
  z.strictObject({ ...at, refuse: z.number().int().min(400).max(599) }),
  z.strictObject({ ...at, opens: z.literal(true) }),
  z.strictObject({
    ...at,
    after: z.strictObject({ what: z.string(), n: z.number().int().positive() }).nullable(),
    delayMs: z.number().min(0),
    /** Since the connection was opened. What is not asked for long after that is not waited for. */
    atMs: z.number().min(0),
    /** And not before the tape was told for the nth time to go on. */
    ifTold: z.number().int().positive().optional(),
    does: z.union([
      z.strictObject({ send: z.string() }),
      z.strictObject({ close: z.number().int().min(1000).max(4999) }),
    ]),
  }),
]);
export type TapeLine = z.infer<typeof tapeLineSchema>;
export type TapeStep = Extract<TapeLine, { does: unknown }>;

/** What the service did on one connection. */
export interface TapedConnection {
  /** HTTP status of the refusal; undefined: it is taken. */
  refuse: number | undefined;
  steps: TapeStep[];
  served: number;
  /** Questions that were waited for in vain. */
  missed: string[];
}

/** The tape in force: connections take its parts in the order in which they come. */
export class TapeDeck {
  #connections: TapedConnection[] = [];
  #next = 0;
  #surplus = 0;
  #isLoaded = false;
  #told = 0;
  readonly #waiting = new Set<() => void>();

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** @throws naming the line that is wrong; then nothing is changed */
  async load(lines: AsyncIterable<string>): Promise<void> {
    const connections: TapedConnection[] = [];
    let n = 0;
    for await (const line of lines) {
      n++;
      if (line === '') continue;
      const read = tapeLineSchema.safeParse(parsed(line));
      if (!read.success) throw new Error(`line ${n} of the tape is wrong`);
      const { connection } = read.data;
      if (connection > connections.length + 1)
        throw new Error(`line ${n} of the tape: connections are counted from 1`);
      if (connection > connections.length)
        connections.push({ refuse: undefined, steps: [], served: 0, missed: [] });
      const of = connections[connection - 1]!;
      if ('refuse' in read.data) of.refuse = read.data.refuse;
      else if ('does' in read.data) of.steps.push(read.data);
    }
    this.#connections = connections;
    this.#next = 0;
    this.#surplus = 0;
    this.#told = 0;
    this.#isLoaded = true;
  }

  eject(): void {
    this.#connections = [];
    this.#isLoaded = false;
  }

  goOn(): void {
    this.#told++;
    for (const go of this.#waiting) go();
  }

  /** How often it was told to go on. */
  get told(): number {
    return this.#told;
  }

  /** Calls the listener each time it is told to go on. */
  listen(go: () => void): void {
    this.#waiting.add(go);
  }

  ignore(go: () => void): void {
    this.#waiting.delete(go);
  }

  /** What the next connection gets; undefined: the tape has no more. */
  take(): TapedConnection | undefined {
    const next = this.#connections[this.#next++];
    if (next === undefined) this.#surplus++;
    return next;
  }

  state() {
    return {
      isLoaded: this.#isLoaded,
      /** Connections that were tried and are not on the tape. */
      surplus: this.#surplus,
      connections: this.#connections.map(({ steps, served, missed }, at) => ({
        isTaken: at < this.#next,
        steps: steps.length,
        served,
        missed,
      })),
    };
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
