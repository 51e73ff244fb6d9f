// A process that writes the journals of its sessions again and again, as a worker does; what came of each round it says
// on a line. Started by `Writer`; the two are one file so that they stay one story.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { writeJournals } from './journal.ts';
import { keysOf } from './keys.ts';
import type { Pin } from './pins.ts';

/** How many journals of a round had which outcome. */
type Round = Record<'written' | 'not_ours' | 'no_pin' | 'failed', number>;
type Owned = { session: string; pin: Pin };

const file = fileURLToPath(import.meta.url);

export class Writer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(url: string, cluster: string, owned: readonly Owned[]) {
    this.#child = spawn(process.execPath, [file, url, cluster, JSON.stringify(owned)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#reader = createInterface(this.#child.stdout!);
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The next round of that kind. */
  async round(isWanted: (round: Round) => boolean): Promise<void> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error('the writer has ended');
      if (isWanted(JSON.parse(value) as Round)) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
    this.#reader.close();
  }
}

if (process.argv[1] === file) {
  const [url, cluster, owned] = process.argv.slice(2) as [string, string, string];
  const redis = new Redis(url);
  const keys = keysOf(cluster);
  const writes = (JSON.parse(owned) as Owned[]).map((each) => ({ ...each, data: 'x'.repeat(200) }));
  for (let number = 0; ; number++) {
    const outcomes = await writeJournals(
      redis,
      keys,
      writes.map((write) => ({ ...write, data: `${number} ${write.data}` })),
    );
    const round: Round = { written: 0, not_ours: 0, no_pin: 0, failed: 0 };
    for (const outcome of outcomes) round[outcome instanceof Error ? 'failed' : outcome]++;
    // Waits until it is taken: whoever reads slowly is not to be flooded.
    await new Promise((resolve) => process.stdout.write(`${JSON.stringify(round)}\n`, resolve));
  }
}
