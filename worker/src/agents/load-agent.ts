import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { WrittenFact } from '../knowledge/fact.ts';
import { knowledgePack } from '../knowledge/knowledge-pack.ts';
import { factReaders } from '../knowledge/read-facts.ts';
import { compileTool, type ToolProblem } from '../tools/compile-tool.ts';
import type { Tool } from '../tools/tool.ts';
import type { ToolRules } from '../tools/tool-rules.ts';
import type { Agent } from './agent.ts';
import { type AgentDeclaration, agentDeclaration } from './agent-declaration.ts';
import { contradictions, type Sections } from './contradictions.ts';
import { waitingLine } from './lines.ts';
import type { Problem } from './problem.ts';
import { type ShapeProblem, shapeProblems } from './shape-problems.ts';
import { yamlSource } from './yaml-source.ts';

/** Instructions are part of every prompt. */
const maxInstructionsCharacters = 20_000;
const maxFileBytes = 4 * 1024 * 1024;
/** Indexing this many takes some 50 ms, up to 200 on a busy machine, of a process that has calls to serve. */
const maxFacts = 2000;

export type LoadedAgent =
  | { readonly ok: true; readonly agent: Agent }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads one agent's folder and checks all of it.
 * @param folder its name is the agent's
 * @returns the agent, frozen, or everything that is wrong with the folder
 */
export async function loadAgent(folder: string, rules: ToolRules): Promise<LoadedAgent> {
  const files = new AgentFiles(folder);
  const name = basename(folder);
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
    files.wrong(folder, 1, 'an agent’s folder must be named with a–z, 0–9 and -, at most 64 characters');
  }
  const instructions = (await files.read('instructions.md'))?.trim();
  if (instructions === '') files.wrong('instructions.md', 1, 'is empty; it must tell the agent what to do');
  if (instructions !== undefined && instructions.length > maxInstructionsCharacters) {
    files.wrong(
      'instructions.md',
      1,
      `has more than ${maxInstructionsCharacters} characters; facts belong into knowledge/`,
    );
  }
  const facts = await readKnowledge(files);
  const declared = await readDeclaration(files, facts, rules);
  if (files.problems.length > 0 || declared === undefined || instructions === undefined) {
    return { ok: false, problems: files.problems };
  }
  return { ok: true, agent: agentOf(name, files.version(), instructions, facts, declared) };
}

/** The files of one folder, what they hold, and what is wrong with them. */
class AgentFiles {
  readonly problems: Problem[] = [];
  readonly #folder: string;
  readonly #hash = createHash('sha256');

  constructor(folder: string) {
    this.#folder = folder;
  }

  wrong(file: string, line: number, message: string): void {
    this.problems.push({ file: file === this.#folder ? file : join(this.#folder, file), line, message });
  }

  /** Undefined, and a problem, when it cannot be read. */
  async read(file: string): Promise<string | undefined> {
    try {
      const path = join(this.#folder, file);
      const { size } = await stat(path);
      if (size > maxFileBytes) {
        this.wrong(file, 1, `has ${size} bytes; at most ${maxFileBytes} are read`);
        return undefined;
      }
      const bytes = await readFile(path);
      this.#hash.update(file).update('\0').update(bytes).update('\0');
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') this.wrong(file, 1, 'is missing');
      else if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') this.wrong(file, 1, 'is not UTF-8 text');
      else this.wrong(file, 1, `cannot be read (${code ?? (error as Error).message})`);
      return undefined;
    }
  }

  /** Names in a subfolder, in order; none when there is no such folder. */
  async list(folder: string): Promise<string[]> {
    try {
      return (await readdir(join(this.#folder, folder))).sort();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') this.wrong(folder, 1, `is not a folder that can be read (${code})`);
      return [];
    }
  }

  version(): string {
    return this.#hash.digest('hex').slice(0, 12);
  }
}

async function readKnowledge(files: AgentFiles): Promise<WrittenFact[]> {
  const facts: WrittenFact[] = [];
  const places = new Map<string, string>();
  for (const name of await files.list('knowledge')) {
    // What editors and systems leave beside the files.
    if (name.startsWith('.') || name.endsWith('~')) continue;
    const file = join('knowledge', name);
    const reader = factReaders[extname(name).toLowerCase()];
    if (reader === undefined) {
      files.wrong(file, 1, `is none of ${Object.keys(factReaders).join(', ')}`);
      continue;
    }
    const text = await files.read(file);
    if (text === undefined) continue;
    for (const written of reader(name, text, (line, message) => files.wrong(file, line, message))) {
      const { id } = written.fact;
      const first = places.get(id);
      if (first === undefined) places.set(id, `${file}:${written.line}`);
      else files.wrong(file, written.line, `the id ${id} is taken, see ${first}`);
      facts.push(written);
    }
  }
  if (facts.length > maxFacts)
    files.wrong('knowledge', 1, `has ${facts.length} facts; at most ${maxFacts} are read`);
  return facts;
}

type Declared = { declaration: AgentDeclaration; tools: Tool[] };

async function readDeclaration(
  files: AgentFiles,
  facts: readonly WrittenFact[],
  rules: ToolRules,
): Promise<Declared | undefined> {
  const file = 'agent.yaml';
  const text = await files.read(file);
  if (text === undefined) return undefined;
  const source = yamlSource(file, text);
  for (const { line, message } of source.problems) files.wrong(file, line, message);
  if (source.problems.length > 0) return undefined;

  const add = ({ path, message }: ShapeProblem) => files.wrong(file, source.lineOf(path), message);
  const whole = agentDeclaration.safeParse(source.value);
  if (!whole.success) shapeProblems(agentDeclaration, source.value, whole.error).forEach(add);
  const sections = whole.success ? whole.data : rightSections(source.value);
  contradictions(sections, facts).forEach(add);

  const tools: Tool[] = [];
  for (const [index, declared] of (sections.tools ?? []).entries()) {
    const problems: ToolProblem[] = [];
    const tool = compileTool(declared, rules, problems);
    for (const { path, message } of problems) {
      add({ path: ['tools', index, ...path], message: `tool ${declared.name}, ${path[0]}: ${message}` });
    }
    if (tool !== undefined && declared.enabled) tools.push(tool);
  }
  return whole.success ? { declaration: whole.data, tools } : undefined;
}

/** The sections whose shape is right, so that one wrong field does not hide what else is wrong. */
function rightSections(value: unknown): Sections {
  const given = (value ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(agentDeclaration.shape).flatMap(([name, schema]) => {
      const result = schema.safeParse(given[name]);
      return result.success ? [[name, result.data]] : [];
    }),
  );
}

function agentOf(
  name: string,
  version: string,
  instructions: string,
  facts: readonly WrittenFact[],
  { declaration, tools }: Declared,
): Agent {
  const { policy } = declaration;
  const { knowledge, ...rest } = {
    name,
    version,
    instructions,
    voice: declaration.voice,
    language: new Intl.Locale(declaration.language).toString(),
    voiceMode: declaration.voice_mode,
    turnDetection: declaration.turn_detection,
    reflexes: declaration.reflexes,
    fallbacks: {
      ...declaration.fallbacks,
      waiting: waitingLine(declaration.fallbacks.waiting, declaration.language),
    },
    allowedClaims: declaration.allowed_claims,
    disallowedClaims: declaration.disallowed_claims,
    unverifiedClaims: declaration.unverified_claims,
    disclaimers: declaration.disclaimers,
    policy: {
      exceptions: policy.exceptions,
      thresholds: policy.thresholds,
      extraPhrases: policy.extra_phrases,
    },
    knowledge: knowledgePack(
      facts.map(({ fact }) => fact),
      declaration.language,
    ),
  };
  return Object.freeze({ ...frozen(rest), knowledge, tools: Object.freeze(tools) });
}

/** Freezes plain data all the way down. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
