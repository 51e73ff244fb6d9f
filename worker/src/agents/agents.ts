import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@vjj/shared/log.ts';
import type { ToolRules } from '../tools/tool-rules.ts';
import type { Agent } from './agent.ts';
import { loadAgent } from './load-agent.ts';
import { type Problem, problemText } from './problem.ts';
import { scanAgents } from './scan-agents.ts';

/** Used by calls that name none; it must exist. */
export const defaultAgentName = 'default';

/** An editor saves in several steps; the folder is read when it has been quiet for so long. */
const quietMs = 200;
/** How often files are looked at even though nobody reported a change: some file systems do not report. */
const recheckMs = 5000;

export interface AgentsOptions {
  rules: ToolRules;
  log: Logger;
  recheckMs?: number;
}

/** Thrown at start; the message lists every problem of every agent. */
export class AgentsError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(
      `the agents have ${problems.length} problem(s):\n${problems.map((p) => `  ${problemText(p)}`).join('\n')}`,
    );
    this.name = 'AgentsError';
    this.problems = problems;
  }
}

/**
 * The agents of a process. A changed folder is taken up for new sessions; one that became wrong is reported, and its
 * last good version stays. An agent that a session has got never changes.
 */
export class Agents {
  readonly #root: string;
  readonly #options: AgentsOptions;
  /** Replaced as a whole, never changed. */
  #agents: ReadonlyMap<string, Agent> = new Map();
  /** What each folder looked like when it was last read, right or wrong. */
  #signatures: ReadonlyMap<string, string> = new Map();
  readonly #watchers = new Map<string, FSWatcher>();
  #quietTimer: NodeJS.Timeout | undefined;
  #recheckTimer: NodeJS.Timeout | undefined;
  #isChecking = false;
  /** Something changed during a check. */
  #isStale = false;
  #isClosed = false;

  private constructor(root: string, options: AgentsOptions) {
    this.#root = root;
    this.#options = options;
  }

  /**
   * Reads all agents of a folder and watches it until `close`.
   * @throws {AgentsError} when any of them is wrong, or there is no `default`
   */
  static async open(root: string, options: AgentsOptions): Promise<Agents> {
    const agents = new Agents(root, options);
    const problems = await agents.#load();
    if (problems.length === 0 && agents.get(defaultAgentName) === undefined) {
      problems.push({
        file: join(root, defaultAgentName),
        line: 1,
        message: 'there must be an agent of this name',
      });
    }
    if (problems.length > 0) {
      agents.close();
      throw new AgentsError(problems);
    }
    agents.#recheckTimer = setInterval(() => void agents.#check(), options.recheckMs ?? recheckMs).unref();
    return agents;
  }

  /** The agent as it is now; undefined when there is none of that name. */
  get(name: string): Agent | undefined {
    return this.#agents.get(name);
  }

  names(): string[] {
    return [...this.#agents.keys()];
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#quietTimer);
    clearInterval(this.#recheckTimer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  async #check(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#isChecking) {
      this.#isStale = true;
      return;
    }
    this.#isChecking = true;
    this.#isStale = false;
    try {
      for (const problem of await this.#load()) {
        this.#options.log.error(
          { problem: problemText(problem) },
          'a changed agent is wrong; its last good version stays',
        );
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'the agents cannot be looked at; they stay as they are');
    } finally {
      this.#isChecking = false;
    }
    if (this.#isStale) this.#changed();
  }

  /** Reads what has changed. @returns what is wrong with it */
  async #load(): Promise<Problem[]> {
    const scan = await scanAgents(this.#root).catch((error: NodeJS.ErrnoException) => {
      if (this.#signatures.size > 0) throw error;
      return undefined;
    });
    if (scan === undefined)
      return [{ file: this.#root, line: 1, message: 'this folder of agents (AGENTS_DIR) cannot be read' }];
    // Before anything is read, so that a change from now on is noticed.
    this.#watch(scan.folders);

    const problems: Problem[] = [];
    const next = new Map(this.#agents);
    const changes: Record<string, string> = {};
    for (const [name, signature] of scan.signatures) {
      if (signature === this.#signatures.get(name)) continue;
      const loaded = await loadAgent(join(this.#root, name), this.#options.rules);
      if (!loaded.ok) {
        problems.push(...loaded.problems);
        continue;
      }
      const { version } = loaded.agent;
      if (version === this.#agents.get(name)?.version) continue;
      next.set(name, loaded.agent);
      changes[name] = version;
    }
    for (const name of this.#agents.keys()) {
      if (scan.signatures.has(name)) continue;
      if (name !== defaultAgentName) {
        next.delete(name);
        changes[name] = 'removed';
      } else if (this.#signatures.has(name)) {
        problems.push({ file: join(this.#root, name), line: 1, message: 'is gone, and calls need it' });
      }
    }
    const isFirst = this.#signatures.size === 0;
    this.#signatures = scan.signatures;
    if (Object.keys(changes).length > 0) {
      this.#agents = new Map([...next].sort(([one], [other]) => (one < other ? -1 : 1)));
      if (!isFirst) this.#options.log.info({ agents: changes }, 'changed agents are taken up for new calls');
    }
    return problems;
  }

  #watch(folders: ReadonlyMap<string, string>): void {
    for (const [key, watcher] of this.#watchers) {
      if (folders.has(key)) continue;
      watcher.close();
      this.#watchers.delete(key);
    }
    if (this.#isClosed) return;
    for (const [key, folder] of folders) {
      if (this.#watchers.has(key)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#changed());
        watcher.on('error', () => {
          watcher.close();
          this.#watchers.delete(key);
        });
        this.#watchers.set(key, watcher);
      } catch {
        // No more watchers to be had, or the folder is gone: the timer looks again.
      }
    }
  }

  #changed(): void {
    clearTimeout(this.#quietTimer);
    if (!this.#isClosed) this.#quietTimer = setTimeout(() => void this.#check(), quietMs).unref();
  }
}
