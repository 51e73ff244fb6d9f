import type {
  ConversationItemAdded,
  ConversationItemDone,
  RealtimeConversationItemAssistantMessage,
  RealtimeConversationItemFunctionCall,
  RealtimeConversationItemFunctionCallOutput,
  RealtimeConversationItemSystemMessage,
  RealtimeConversationItemUserMessage,
  RealtimeResponse,
  RealtimeResponseStatus,
  RealtimeResponseUsage,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
  ResponseAudioTranscriptDeltaEvent,
  ResponseCreatedEvent,
  ResponseDoneEvent,
  ResponseFunctionCallArgumentsDeltaEvent,
  ResponseOutputItemAddedEvent,
  ResponseOutputItemDoneEvent,
  ResponseTextDeltaEvent,
  SessionCreatedEvent,
  SessionUpdatedEvent,
} from 'openai/resources/realtime/realtime';
import type { VoiceName } from '../speech/voices.ts';

/*
 * The events as the real wire carries them. They are the types of the `openai` package, except in
 * the few places below where the wire was seen to send what the package does not declare: nulls
 * for "not set", the identity of a session, and the padding of transcript deltas.
 */

type Plain = Exclude<
  RealtimeServerEvent,
  | SessionCreatedEvent
  | SessionUpdatedEvent
  | ResponseCreatedEvent
  | ResponseDoneEvent
  | ConversationItemAdded
  | ConversationItemDone
  | RealtimeServerEvent.ConversationItemRetrieved
  | ResponseOutputItemAddedEvent
  | ResponseOutputItemDoneEvent
  | ResponseAudioTranscriptDeltaEvent
  | ResponseTextDeltaEvent
  | ResponseFunctionCallArgumentsDeltaEvent
>;

type WithItem<E> = E extends { item: unknown } ? Omit<E, 'item'> & { item: Item } : never;
type WithSession<E> = E extends { session: unknown } ? Omit<E, 'session'> & { session: Session } : never;
type WithResponse<E> = E extends { response: unknown }
  ? Omit<E, 'response'> & { response: WireResponse }
  : never;
type Padded<E> = E & { obfuscation: string };

export type ServerEvent =
  | Plain
  | WithSession<SessionCreatedEvent | SessionUpdatedEvent>
  | WithResponse<ResponseCreatedEvent | ResponseDoneEvent>
  | WithItem<ConversationItemAdded | ConversationItemDone | RealtimeServerEvent.ConversationItemRetrieved>
  | WithItem<ResponseOutputItemAddedEvent | ResponseOutputItemDoneEvent>
  | Padded<ResponseAudioTranscriptDeltaEvent>
  | Padded<ResponseTextDeltaEvent>
  | Padded<ResponseFunctionCallArgumentsDeltaEvent>;

type WithoutEventId<E> = E extends { event_id: string } ? Omit<E, 'event_id'> : never;

/** An event before the socket gives it its id. */
export type Outgoing = WithoutEventId<ServerEvent>;

export interface ServerVad {
  type: 'server_vad';
  threshold: number;
  prefix_padding_ms: number;
  silence_duration_ms: number;
  idle_timeout_ms: number | null;
  create_response: boolean;
  interrupt_response: boolean;
}

export interface SemanticVad {
  type: 'semantic_vad';
  eagerness: 'low' | 'medium' | 'high' | 'auto';
  create_response: boolean;
  interrupt_response: boolean;
}

export type AudioFormat =
  | { type: 'audio/pcm'; rate: 24000 }
  | { type: 'audio/pcmu' }
  | { type: 'audio/pcma' };

export type Modality = 'text' | 'audio';

export type Tools = NonNullable<RealtimeSessionCreateRequest['tools']>;
export type ToolChoice = NonNullable<RealtimeSessionCreateRequest['tool_choice']>;

/** The whole session as `session.created` and `session.updated` show it. */
export interface Session {
  type: 'realtime';
  object: 'realtime.session';
  id: string;
  model: string;
  output_modalities: Modality[];
  instructions: string;
  tools: Tools;
  tool_choice: ToolChoice;
  max_output_tokens: number | 'inf';
  tracing: NonNullable<RealtimeSessionCreateRequest['tracing']> | null;
  truncation: NonNullable<RealtimeSessionCreateRequest['truncation']>;
  prompt: NonNullable<RealtimeSessionCreateRequest['prompt']> | null;
  /** Seconds since 1970. */
  expires_at: number;
  audio: {
    input: {
      format: AudioFormat;
      transcription: { model?: string; language?: string; prompt?: string } | null;
      noise_reduction: { type: 'near_field' | 'far_field' } | null;
      turn_detection: ServerVad | SemanticVad | null;
    };
    output: { format: AudioFormat; voice: VoiceName; speed: number };
  };
  include: 'item.input_audio_transcription.logprobs'[] | null;
  parallel_tool_calls?: boolean;
  reasoning?: { effort?: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' };
}

/** A user's spoken words are null until they are transcribed. */
export interface UserMessage extends Omit<RealtimeConversationItemUserMessage, 'content'> {
  content: (Omit<RealtimeConversationItemUserMessage.Content, 'transcript'> & {
    transcript?: string | null;
  })[];
}

/** An item of the conversation; the emulator always gives it an id. */
export type Item = { id: string } & (
  | UserMessage
  | RealtimeConversationItemAssistantMessage
  | RealtimeConversationItemSystemMessage
  | RealtimeConversationItemFunctionCall
  | RealtimeConversationItemFunctionCallOutput
);

export type AssistantItem = { id: string } & RealtimeConversationItemAssistantMessage;
export type FunctionCallItem = { id: string } & RealtimeConversationItemFunctionCall;

export interface WireResponse
  extends Omit<RealtimeResponse, 'status_details' | 'usage' | 'conversation_id' | 'metadata' | 'output'> {
  id: string;
  status_details: RealtimeResponseStatus | null;
  usage: RealtimeResponseUsage | null;
  conversation_id: string | null;
  metadata: Record<string, string> | null;
  output: Item[];
}
