import type { Config } from '@vjj/shared/config.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Agent } from './agents/agent.ts';
import { Agents } from './agents/agents.ts';
import type { CallAgent, Disclaimer, ToolOutcome } from './call-agent.ts';
import { claimsIn } from './claims-in.ts';
import { searchKnowledge, searchKnowledgeName, searchKnowledgeTool } from './knowledge/search-knowledge.ts';
import { policyOf } from './policy/agent-policy.ts';
import { loadClassifier } from './policy/moderation/load-classifier.ts';
import { ProviderModeration } from './policy/provider-moderation.ts';
import type { ToolCall, TurnDetection } from './provider/provider.ts';
import { runTool } from './tools/run-tool.ts';
import { functionDefinition } from './tools/tool.ts';
import { type ToolRules, toolRules } from './tools/tool-rules.ts';

/** The agents of a process as calls use them; a changed agent is taken up by the next call that asks for it. */
export class CallAgents {
  readonly #agents: Agents;
  readonly #config: Readonly<Config>;
  readonly #rules: ToolRules;
  readonly #classifier = loadClassifier();
  readonly #providerModeration: ProviderModeration | undefined;
  readonly #onChanged: (all: readonly CallAgent[]) => void;
  readonly #made = new WeakMap<Agent, CallAgent>();

  private constructor(
    agents: Agents,
    config: Readonly<Config>,
    log: Logger,
    rules: ToolRules,
    onChanged: (all: readonly CallAgent[]) => void,
  ) {
    this.#agents = agents;
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
   * @param onChanged called with all agents, at first and whenever one of them is another
   * @throws {AgentsError} naming every problem in the agents' folders, by file and line
   * @throws Error naming the weights of the moderation, if they are damaged or of another version
   */
  static async load(
    config: Readonly<Config>,
    log: Logger,
    onChanged: (all: readonly CallAgent[]) => void,
  ): Promise<CallAgents> {
    const rules = toolRules(config);
    const agents = new CallAgents(
      await Agents.open(config.AGENTS_DIR, { rules, log }),
      config,
      log,
      rules,
      onChanged,
    );
    agents.#changed();
    return agents;
  }

  get(name: string): CallAgent | undefined {
    const agent = this.#agents.get(name);
    if (agent === undefined) return undefined;
    if (!this.#made.has(agent)) this.#changed();
    return this.#made.get(agent);
  }

  close(): void {
    this.#agents.close();
  }

  #changed(): void {
    const all = this.#agents.names().map((name) => {
      const agent = this.#agents.get(name)!;
      const made = this.#made.get(agent) ?? this.#make(agent);
      this.#made.set(agent, made);
      return made;
    });
    this.#onChanged(all);
  }

  #make(agent: Agent): CallAgent {
    const { allowedClaims, disclaimers, instructions, knowledge, language, name, tools } = agent;
    const exceptions = new Set(agent.policy.exceptions);
    const hasKnowledge = knowledge.facts.length > 0;
    return {
      name,
      instructions,
      language,
      voiceMode: agent.voiceMode,
      voice: agent.voice ?? this.#config.OPENAI_VOICE,
      turnDetection: detectionOf(agent),
      lines: agent,
      disclaimers,
      policy: policyOf(agent, this.#classifier, this.#config.ENABLE_PII_REDACTION),
      confirm: this.#providerModeration && ((text) => this.#providerModeration!.judge(text, exceptions)),
      tools: [...(hasKnowledge ? [searchKnowledgeTool] : []), ...tools.map(functionDefinition)],
      // The model chose the arguments: whatever they do to a tool must stay within this call.
      runTool: (call, signal) =>
        this.#runTool(agent, call, signal).catch((error: Error) =>
          failed(`the tool broke: ${error.message}`),
        ),
      disclaimersFor(text) {
        const made = new Set(claimsIn(text, allowedClaims).map(({ id }) => id));
        const named = new Set(
          allowedClaims.filter(({ id }) => made.has(id)).map(({ disclaimer }) => disclaimer),
        );
        return disclaimers.filter(
          ({ id, when }) => named.has(id) || when.claims.some((claim) => made.has(claim)),
        );
      },
    };
  }

  async #runTool(agent: Agent, call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const args = parsed(call.arguments);
    if (call.name === searchKnowledgeName) return this.#search(agent, args);
    const tool = agent.tools.find(({ name }) => name === call.name);
    if (tool === undefined) return failed(`there is no tool ${call.name}`);
    const result = await runTool(tool, args, { rules: this.#rules, signal, callId: call.id });
    if (!result.ok) return failed(`${result.reason}: ${result.detail}`);
    const text = typeof result.output === 'string' ? result.output : JSON.stringify(result.output);
    return { output: JSON.stringify({ result: result.output }), text, citations: [], disclaimers: [] };
  }

  #search(agent: Agent, args: unknown): ToolOutcome {
    const query = (args as { query?: unknown } | undefined)?.query;
    if (typeof query !== 'string') return failed('the query is missing');
    const { RAG_TOP_K, RAG_MAX_TOKENS, RAG_MAX_BYTES } = this.#config;
    const facts = searchKnowledge(agent.knowledge, query, {
      topK: RAG_TOP_K,
      maxTokens: RAG_MAX_TOKENS,
      maxBytes: RAG_MAX_BYTES,
    });
    return {
      output: JSON.stringify({ results: facts }),
      text: facts.map(({ text }) => text).join('\n'),
      citations: facts.map(({ id, source, text }) => ({ id, source, text })),
      disclaimers: disclaimersOfFacts(
        agent,
        facts.map(({ id }) => id),
      ),
    };
  }
}

/** Disclaimers that go with the best fact found: the others are offered, and mostly not spoken of. */
function disclaimersOfFacts({ disclaimers, knowledge }: Agent, [best]: readonly string[]): Disclaimer[] {
  if (best === undefined) return [];
  const category = knowledge.byId.get(best)?.category;
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
