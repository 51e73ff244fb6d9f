import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from '@vjj/shared/log.ts';
import { gauge } from '@vjj/shared/metrics.ts';
import { checkpointName, checkpointText } from './checkpoint-file.ts';
import type { CheckpointLog, StoredCheckpoint } from './store.ts';

const postTimeoutMs = 10_000;

const uncopied = gauge(
  'vjj_audit_uncopied_checkpoints',
  'seals that did not reach their copy yet; a growing number is an alarm',
);

/** Somewhere a copy of every checkpoint goes. */
interface Target {
  /** How far it got is remembered under this name. */
  name: string;
  send(checkpoint: StoredCheckpoint): Promise<void>;
}

/** Takes checkpoints off the host. What cannot be copied now is copied later, in order; sealing never waits for it. */
export class CheckpointCopies {
  readonly #targets: readonly Target[];
  readonly #log: Logger;
  readonly #failing = new Set<string>();
  #underway: Promise<void> | undefined;

  /** @param folder @param url empty: none */
  constructor(folder: string, url: string, log: Logger) {
    this.#targets = [
      ...(folder === '' ? [] : [folderTarget(folder)]),
      ...(url === '' ? [] : [urlTarget(url)]),
    ];
    this.#log = log;
  }

  /** Copies what is not copied yet; resolves when that was tried. */
  copy(checkpoints: CheckpointLog): Promise<void> {
    this.#underway ??= this.#copyAll(checkpoints).finally(() => {
      this.#underway = undefined;
    });
    return this.#underway;
  }

  async #copyAll(checkpoints: CheckpointLog): Promise<void> {
    let waiting = 0;
    for (const target of this.#targets) {
      try {
        for await (const checkpoint of checkpoints.read((await checkpoints.copiedTo(target.name)) + 1)) {
          await target.send(checkpoint);
          await checkpoints.markCopied(target.name, checkpoint.n);
        }
        if (this.#failing.delete(target.name))
          this.#log.info({ target: target.name }, 'seals are copied again');
      } catch (error) {
        const last = (await checkpoints.last().catch(() => undefined))?.n ?? 0;
        waiting += last - (await checkpoints.copiedTo(target.name).catch(() => last));
        if (this.#failing.has(target.name)) continue;
        this.#failing.add(target.name);
        const err = (error as Error).message;
        this.#log.error({ target: target.name, err }, 'a seal could not be copied; it is tried again');
      }
    }
    uncopied.set(waiting);
  }
}

function folderTarget(folder: string): Target {
  return {
    name: resolve(folder),
    async send({ n, line, leaves }) {
      await mkdir(folder, { recursive: true });
      const path = join(folder, checkpointName(n));
      const text = checkpointText(line, leaves);
      const there = await readFile(path, 'utf8').catch(() => undefined);
      if (there === text) return;
      // The copy is the witness: it is never overwritten.
      if (there !== undefined) throw new Error(`${path} is there and differs; run verify --checkpoints`);
      const temporary = `${path}.${randomBytes(4).toString('hex')}`;
      const file = await open(temporary, 'wx');
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    },
  };
}

function urlTarget(url: string): Target {
  return {
    // Without what may be secret in it.
    name: `${new URL(url).origin}${new URL(url).pathname}`,
    async send({ n, line, leaves }) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': `checkpoint-${n}` },
        body: checkpointText(line, leaves),
        signal: AbortSignal.timeout(postTimeoutMs),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`it answered ${response.status}`);
    },
  };
}
