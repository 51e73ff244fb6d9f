import { VjjError } from '@vjj/shared/errors.ts';
import { OpenAI } from 'openai';
import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import { type OpenedRealtime, openRealtime } from './openai-connection.ts';
import { RealtimeConversation } from './openai-realtime.ts';
import type { Connect, Conversation } from './provider.ts';
import type { ProviderLimits } from './provider-limits.ts';
import { sessionUpdate } from './realtime-session.ts';
import type { UsualSettings } from './usual-settings.ts';
import type { WarmPool } from './warm-pool.ts';

/** A connection that waited answers at once, or is dead. */
const warmLimitMs = 1500;

export interface OpenAISettings {
  apiKey: string;
  baseUrl: string;
  model: string;
  transcriptionModel: string;
  connectTimeoutMs: number;
  /** Is told what the service says of its limits. */
  limits: ProviderLimits;
}

/** Connections to the service, ready for a conversation. */
export function openAIConnections(settings: OpenAISettings): () => Promise<OpenedRealtime> {
  const client = new OpenAI({
    // Without any, the package would look for one in the environment, and throw: the service may say so instead.
    apiKey: settings.apiKey || 'none',
    baseURL: settings.baseUrl,
    maxRetries: 0,
  });
  return () => openRealtime(client, settings.model, settings.connectTimeoutMs, settings.limits);
}

/** Conversations with the OpenAI Realtime API (GA), or anything that speaks it, each over a connection of its own. */
export function openAIConnect(
  settings: OpenAISettings,
  pool: WarmPool<OpenedRealtime>,
  usual: UsualSettings,
): Connect {
  return async (setup, events) => {
    const session = sessionUpdate(setup, settings.transcriptionModel);
    const update = JSON.stringify({ type: 'session.update', session } satisfies RealtimeClientEvent);
    const onRefused = (error: unknown): never => {
      setup.tap?.refused(error instanceof VjjError ? error.id : 'INTERNAL');
      throw error;
    };
    const { connection, isWarm } = await pool
      .take(performance.now(), ({ prepared }) => prepared?.update === update)
      .catch(onRefused);
    try {
      return await begun(connection, isWarm ? warmLimitMs : settings.connectTimeoutMs);
    } catch (error) {
      if (!isWarm || (error as VjjError).id !== 'PROVIDER_UNREACHABLE') throw error;
      // A connection that waited may have died without a word on the way; a fresh one tells.
      return begun(await pool.fresh().catch(onRefused), settings.connectTimeoutMs);
    }

    async function begun(opened: OpenedRealtime, limitMs: number): Promise<Conversation> {
      const conversation = new RealtimeConversation(opened, setup, events, settings.limits);
      const { prepared } = opened;
      opened.prepared = undefined;
      if (prepared?.update !== update) await conversation.configure(update, limitMs);
      // A call that goes on has more to lose than a round trip: its caller may be speaking already.
      else await conversation.goOnFrom(prepared, (setup.history?.length ?? 0) > 0);
      usual.used(update);
      return conversation;
    }
  };
}
