import type { Config } from '@vjj/shared/config.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Agent } from './agents/agent.ts';
import { Agents } from './agents/agents.ts';
import type { CallAgent, Disclaimer, ToolOutcome } from './call-agent.ts';
import type { Embedder } from './embedding/embedder.ts';
import type { Knowledge, KnowledgeOf } from './knowledge/knowledge.ts';
import { searchKnowledgeName, searchKnowledgeTool } from './knowledge/search-knowledge.ts';
import { policyOf } from './policy/agent-policy.ts';
import { claimsOf } from './policy/claims/agent-claims.ts';
import type { Claims } from './policy/claims/claims.ts';
import { sentencesOf } from './policy/claims/sentences.ts';
import { isSpeakable } from './policy/decision.ts';
import { loadClassifier } from './policy/moderation/load-classifier.ts';
import type { Policy } from './policy/policy.ts';
import { ProviderModeration } from './policy/provider-moderation.ts';
import type { ToolCall, TurnDetection } from './provider/provider.ts';
import { runTool } from './tools/run-tool.ts';
import { functionDefinition } from './tools/tool.ts';
import { type ToolRules, toolRules } from './tools/tool-rules.ts';

/** Of callers without a verified token. */
export const defaultTenant = 'default';

/** The agents of a process as calls use them; a changed agent is taken up by the next call that asks for it. */
export class CallAgents {
  readonly #agents: Agents;
  readonly #config: Readonly<Config>;
  readonly #rules: ToolRules;
  readonly #classifier = loadClassifier();
  readonly #providerModeration: ProviderModeration | undefined;
  readonly #knowledge: Knowledge | undefined;
  readonly #embedder: Embedder;
  readonly #log: Logger;
  readonly #onChanged: (all: readonly CallAgent[]) => void;
  /** By tenant: what was added to an agent's knowledge is one tenant's own. */
  readonly #made = new WeakMap<Agent, Map<string, CallAgent>>();
  readonly #claims = new WeakMap<Agent, Claims>();

  private constructor(
    agents: Agents,
    config: Readonly<Config>,
    log: Logger,
    rules: ToolRules,
    knowledge: Knowledge | undefined,
    embedder: Embedder,
    onChanged: (all: readonly CallAgent[]) => void,
  ) {
    this.#agents = agents;
    this.#embedder = embedder;
    this.#log = log;
    this.#knowledge = knowledge;
    this.#config = config;
    this.#rules = rules;
    this.#onChanged = onChanged;
    if (!config.ENABLE_PROVIDER_MODERATION) return;
    this.#providerModeration = new ProviderModeration({
      apiKey: config.OPENAI_API_KEY,
      baseUrl: config.OPENAI_BASE_URL,
      timeoutMs: config.PROVIDER_MODERATION_TIMEOUT_MS,
      log,
    });
  }

  /**
   * @param knowledge undefined: agents look nothing up (ENABLE_RAG)
   * @param onChanged called with all agents, at first and whenever one of them is another
   * @throws {AgentsError} naming every problem in the agents' folders, by file and line
   * @throws Error naming the weights of the moderation, if they are damaged or of another version
   */
  static async load(
    config: Readonly<Config>,
    log: Logger,
    knowledge: Knowledge | undefined,
    embedder: Embedder,
    onChanged: (all: readonly CallAgent[]) => void,
  ): Promise<CallAgents> {
    const rules = toolRules(config);
    const agents = new CallAgents(
      await Agents.open(config.AGENTS_DIR, { rules, log }),
      config,
      log,
      rules,
      knowledge,
      embedder,
      onChanged,
    );
    agents.#changed();
    return agents;
  }

  /** @param tenant whose calls they are; of a verified token, else `default` */
  get(name: string, tenant = defaultTenant): CallAgent | undefined {
    const agent = this.#agents.get(name);
    if (agent === undefined) return undefined;
    if (!this.#made.has(agent)) this.#changed();
    return this.#of(agent, tenant);
  }

  /** BCP 47; of an agent that is not there, what agents speak that say nothing of it. */
  languageOf(name: string): string {
    return this.#agents.get(name)?.language ?? 'en';
  }

  close(): void {
    this.#agents.close();
  }

  #changed(): void {
    const all = this.#agents.names().map((name) => {
      const agent = this.#agents.get(name)!;
      this.#knowledge?.prepare({ language: agent.language, folder: agent.knowledge });
      return this.#of(agent, defaultTenant);
    });
    this.#onChanged(all);
  }

  #of(agent: Agent, tenant: string): CallAgent {
    const made = this.#made.get(agent) ?? new Map<string, CallAgent>();
    this.#made.set(agent, made);
    const known = made.get(tenant) ?? this.#make(agent, tenant);
    made.set(tenant, known);
    return known;
  }

  #claimsOf(agent: Agent): Claims {
    const known = this.#claims.get(agent);
    if (known !== undefined) return known;
    const claims = claimsOf(agent, this.#embedder);
    this.#claims.set(agent, claims);
    claims
      .prepare()
      .catch((error: Error) =>
        this.#log.warn({ agent: agent.name, err: error.message }, 'claims are known by their words alone'),
      );
    return claims;
  }

  #make(agent: Agent, tenant: string): CallAgent {
    const { disclaimers, instructions, language, name, tools } = agent;
    const exceptions = new Set(agent.policy.exceptions);
    const knowledge = this.#knowledge;
    const claims = this.#claimsOf(agent);
    const policy = policyOf(agent, claims, this.#classifier, this.#config.ENABLE_PII_REDACTION);
    warmUp(policy, agent);
    const owner: KnowledgeOf = { tenant, agent: name, language, folder: agent.knowledge };
    const functions = tools.map(functionDefinition);
    const withSearch = [searchKnowledgeTool, ...functions];
    return {
      name,
      instructions,
      language,
      voiceMode: agent.voiceMode,
      voice: agent.voice ?? this.#config.OPENAI_VOICE,
      turnDetection: detectionOf(agent),
      lines: agent,
      disclaimers,
      policy,
      confirm: this.#providerModeration && ((text) => this.#providerModeration!.judge(text, exceptions)),
      get tools() {
        return knowledge?.has(owner) ? withSearch : functions;
      },
      // The model chose the arguments: whatever they do to a tool must stay within this call.
      runTool: (call, signal) =>
        this.#runTool(agent, policy, owner, call, signal).catch((error: Error) =>
          failed(`the tool broke: ${error.message}`),
        ),
      disclaimersFor(text) {
        return [
          ...new Set(sentencesOf(text).flatMap((sentence) => claims.sentence(sentence.text).disclaimers)),
        ];
      },
    };
  }

  async #runTool(
    agent: Agent,
    policy: Policy,
    owner: KnowledgeOf,
    call: ToolCall,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const args = parsed(call.arguments);
    if (call.name === searchKnowledgeName) return this.#search(agent, policy, owner, args);
    const tool = agent.tools.find(({ name }) => name === call.name);
    if (tool === undefined) return failed(`there is no tool ${call.name}`);
    const result = await runTool(tool, args, { rules: this.#rules, signal, callId: call.id });
    if (!result.ok) return failed(`${result.reason}: ${result.detail}`);
    const text = typeof result.output === 'string' ? result.output : JSON.stringify(result.output);
    return { output: JSON.stringify({ result: result.output }), text, citations: [], disclaimers: [] };
  }

  async #search(agent: Agent, policy: Policy, owner: KnowledgeOf, args: unknown): Promise<ToolOutcome> {
    const query = (args as { query?: unknown } | undefined)?.query;
    if (typeof query !== 'string') return failed('the query is missing');
    if (this.#knowledge === undefined) return failed('nothing can be looked up here');
    const found = await this.#knowledge.search(owner, query);
    // One fact that must not be spoken of does not withhold the others; when it is all there is, the call says why.
    const speakable = found.filter(({ text }) => isSpeakable(policy.judge('assistant', text)));
    const facts = speakable.length > 0 ? speakable : found;
    const [best] = facts;
    return {
      output: JSON.stringify({ results: facts }),
      text: facts.map(({ text }) => text).join('\n'),
      citations: facts.map(({ id, source, text }) => ({ id, source, text })),
      disclaimers:
        best === undefined ? [] : disclaimersOf(agent, best.id, this.#knowledge.categoryOf(owner, best.id)),
    };
  }
}

/** The first texts cost a hundred times what later ones do; no caller is to wait for that. */
function warmUp(policy: Policy, { fallbacks, instructions, knowledge }: Agent): void {
  const texts = [
    instructions,
    ...Object.values(fallbacks),
    ...knowledge.facts.slice(0, 20).map(({ text }) => text),
  ];
  for (const text of texts) {
    policy.judge('user', text);
    policy.judge('assistant', text);
  }
}

/** Disclaimers that go with the best fact found: the others are offered, and mostly not spoken of. */
function disclaimersOf({ disclaimers }: Agent, best: string, category: string | undefined): Disclaimer[] {
  return disclaimers.filter(({ when }) =>
    when.facts.some((wanted) => wanted === best || wanted === category),
  );
}

function failed(error: string): ToolOutcome {
  return { output: JSON.stringify({ error }), text: '', citations: [], disclaimers: [] };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function detectionOf({ turnDetection }: Agent): TurnDetection {
  if (turnDetection.type === 'semantic_vad') return turnDetection;
  return {
    type: 'server_vad',
    threshold: turnDetection.threshold,
    prefixPaddingMs: turnDetection.prefix_padding_ms,
    silenceDurationMs: turnDetection.silence_duration_ms,
  };
}
