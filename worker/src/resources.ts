import cluster from 'node:cluster';
import type { Config } from '@vjj/shared/config.ts';
import type { Keys } from '@vjj/shared/control/keys.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import { spokenAhead } from './agents/lines.ts';
import { CallAgents } from './call-agents.ts';
import { Embedder } from './embedding/embedder.ts';
import { EmbeddingThread } from './embedding/embedding-thread.ts';
import { EmbeddingsOfPrimary } from './embedding/embeddings-of-primary.ts';
import { Knowledge } from './knowledge/knowledge.ts';
import type { SpeakerPhrases } from './lanes/speaker.ts';
import { CallMemory } from './memory/call-memory.ts';
import { openAIConnect, openAIConnections } from './provider/openai-connect.ts';
import type { Connect } from './provider/provider.ts';
import { ProviderLimits } from './provider/provider-limits.ts';
import { UsualSettings } from './provider/usual-settings.ts';
import { WarmPool } from './provider/warm-pool.ts';
import { LoudnessReference } from './voice/loudness-reference.ts';
import { PhraseCache } from './voice/phrase-cache.ts';
import { PhraseDisk } from './voice/phrase-disk.ts';
import { Phrases, type PhrasesStatus } from './voice/phrases.ts';
import { openAISpeech } from './voice/speech-service.ts';

export interface ResourcesOptions {
  config: Readonly<Config>;
  log: Logger;
  redis: Redis;
  keys: Keys;
  /** How many conversations the fleet's limit still leaves this process for warm connections. */
  providerRoom: () => number;
}

/** What does not differ between the calls of a process, made once for all of them. */
export interface Resources {
  agents: CallAgents;
  connect: Connect;
  phrases: SpeakerPhrases;
  /** `ok`, `disabled`, or what serves instead. */
  knowledgeStatus: () => string;
  /** Undefined: callers are not known again (ENABLE_PERSISTENT_MEMORY). */
  memory: CallMemory | undefined;
  voiceStatus: () => PhrasesStatus;
  /** Whether the voice service had better get no new calls. */
  limits: ProviderLimits;
  /** Connections to the voice service that wait for a caller. */
  warmConnections: () => number;
  close(): void;
}

/** @throws {AgentsError} naming every problem in the agents' folders, by file and line */
export async function createResources({
  config,
  log,
  redis,
  keys,
  providerRoom,
}: ResourcesOptions): Promise<Resources> {
  const service = { apiKey: config.OPENAI_API_KEY, baseUrl: config.OPENAI_BASE_URL };
  const limits = new ProviderLimits();
  const realtime = {
    ...service,
    model: config.OPENAI_MODEL,
    transcriptionModel: config.OPENAI_TRANSCRIPTION_MODEL,
    connectTimeoutMs: config.PROVIDER_CONNECT_TIMEOUT_MS,
    limits,
  };
  const loudness = new LoudnessReference();
  const phrases = new Phrases({
    isLaneAEnabled: config.ENABLE_LANE_A,
    speech: openAISpeech({ ...service, model: config.OPENAI_TTS_MODEL, timeoutMs: config.TTS_TIMEOUT_MS }),
    cache: new PhraseCache(new PhraseDisk(config.VOICE_CACHE_DIR, log), redis, keys),
    loudness,
    log,
  });
  const embedder = new Embedder(cluster.isWorker ? new EmbeddingsOfPrimary() : new EmbeddingThread(log));
  const knowledge = config.ENABLE_RAG
    ? new Knowledge({
        ...{ config, redis, keys, embedder, log },
        languageOf: (agent) => agents.languageOf(agent),
      })
    : undefined;
  const agents: CallAgents = await CallAgents.load(config, log, knowledge, embedder, (all) => {
    const wanted = [...all].flatMap(({ voice, lines, disclaimers }) =>
      [...spokenAhead(lines, config.ENABLE_LANE_A), ...disclaimers.map(({ text }) => text)].map((text) => ({
        voice,
        text,
      })),
    );
    phrases.prepare(wanted);
  });
  await knowledge?.start();
  const usual = new UsualSettings(log);
  const pool = new WarmPool(openAIConnections(realtime), {
    prepare: (connection) => usual.give(connection),
    min: config.WARM_POOL_MIN,
    max: config.WARM_POOL_MAX,
    room: providerRoom,
    log,
  });
  return {
    agents,
    connect: openAIConnect(realtime, pool, usual),
    phrases: {
      get: (voice, text) => phrases.get(voice, text),
      speak: (voice, text) => phrases.speak(voice, text),
      observe: (voice, pcm) => loudness.observe(voice, pcm),
    },
    memory: config.ENABLE_PERSISTENT_MEMORY ? new CallMemory({ config, redis, keys, log }) : undefined,
    knowledgeStatus: () => knowledge?.status ?? 'disabled',
    voiceStatus: () => phrases.status(),
    warmConnections: () => pool.size,
    limits,
    close() {
      limits.close();
      pool.close();
      phrases.close();
      agents.close();
      knowledge?.close();
      embedder.close();
    },
  };
}
