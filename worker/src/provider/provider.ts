import type { ErrorId } from '@vjj/shared/errors.ts';
import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';

/** How a voice service finds the end of what the caller says, in open-mic. */
export type TurnDetection =
  | { type: 'server_vad'; threshold: number; prefixPaddingMs: number; silenceDurationMs: number }
  | { type: 'semantic_vad'; eagerness: 'low' | 'medium' | 'high' | 'auto' };

/** A function the voice service may ask for. */
export interface ToolDefinition {
  name: string;
  description: string;
  /** JSON schema of the arguments. */
  parameters: Readonly<Record<string, unknown>>;
}

/** Something that was said before this conversation with the service began. */
export interface HistoryItem {
  role: 'system' | 'user' | 'assistant';
  text: string;
}

/** What a conversation with a voice service needs to know at its beginning. */
export interface ConversationSetup {
  instructions: string;
  voice: string;
  /** BCP 47, for the transcription; undefined: any. */
  language?: string | undefined;
  voiceMode: VoiceMode;
  turnDetection: TurnDetection;
  tools: readonly ToolDefinition[];
  /** A call that another worker, or another connection, had before. */
  history?: readonly HistoryItem[] | undefined;
  /** Undefined: the call is not recorded. */
  tap?: ConversationTap | undefined;
}

/** Keeps what goes to and fro between us and the service, as it goes. */
export interface ConversationTap {
  /** A connection was not had. */
  refused(id: ErrorId): void;
  opened(): ConnectionTap;
}

export interface ConnectionTap {
  /** An event of the service; its bytes are not changed afterwards. */
  received(event: Buffer): void;
  /** An event for the service; audio is left out. */
  sent(event: object): void;
  /** The service, or the way to it, has ended the connection. */
  closed(code: number): void;
}

/** An answer that was cut off, and is to be gone on with. */
export interface CutOff {
  /** What was heard of it. */
  said: string;
  /** What was still to be said, word for word, as far as it is known. */
  rest: string;
  /** That is all of it. */
  isRestWhole: boolean;
}

export type AnswerOutcome = 'completed' | 'cancelled' | 'failed' | 'incomplete';

export interface ToolCall {
  id: string;
  name: string;
  /** JSON as the service wrote it; nobody has looked at it. */
  arguments: string;
}

/** What a voice service tells. Nothing of an answer comes after it was cancelled. */
export interface ConversationEvents {
  /** Open-mic: the service hears the caller begin and end to speak. */
  onSpeechStarted(): void;
  onSpeechStopped(): void;
  /** The service has taken an utterance, and what it calls it; in open-mic it waits to be asked for the answer. */
  onUtterance(itemId: string): void;
  /**
   * The caller's words; `text` is all of the utterance so far. They come in their own time, perhaps when the caller
   * has said more: `isOfLast` is false when they are not of the utterance that was handed over last.
   */
  onUserTranscript(text: string, isFinal: boolean, isOfLast: boolean, itemId: string): void;
  /** There will be no words of that utterance. `detail` is for the log. */
  onUserTranscriptFailed(detail: string, isOfLast: boolean, itemId: string): void;
  onAnswerStarted(): void;
  /** A further spoken item of the same answer begins; its words are counted from nothing. */
  onAnswerItem(): void;
  /** @param pcm good until the call returns */
  onAudio(pcm: Buffer): void;
  /** The answer's words; `text` is all of it so far. */
  onTranscript(text: string, isFinal: boolean): void;
  onToolCall(call: ToolCall): void;
  onAnswerDone(outcome: AnswerOutcome): void;
  /** Something failed and the conversation goes on. `detail` is for the log. */
  onError(id: ErrorId, detail: string): void;
  /** The conversation is over. */
  onClosed(id: ErrorId, detail: string): void;
}

/** What of a stopped answer stays in the conversation. */
export type Heard =
  /** Its first milliseconds; 0: nothing. */
  | { ms: number }
  /** Other words than the service's own: it was rewritten, or a safe line was spoken instead. */
  | { text: string };

/** One conversation with a voice service. */
export interface Conversation {
  /** The service is the emulator: it does not understand speech, a script speaks for the caller. */
  readonly isSimulated: boolean;
  setVoiceMode(mode: VoiceMode): void;
  appendAudio(base64: Buffer): void;
  /** The caller has finished an utterance (push-to-talk). */
  commitAudio(): void;
  /** Forgets audio that was not committed. */
  clearAudio(): void;
  /** Forgets the utterance taken last: it was no turn, and the one before is the last again. */
  forgetUtterance(): void;
  /** @returns what the service calls it */
  addUserText(text: string): string;
  /** Forgets what the caller said, spoken or typed: nothing of it may be answered. */
  forgetWords(itemId: string): void;
  /** Something to know from now on, that nobody said. */
  addNote(text: string): void;
  /**
   * Asks for an answer, or for its continuation after tool results; waits for the end of one that is being cancelled.
   * @param cutOff go on with this answer instead of giving a new one
   */
  answer(cutOff?: CutOff): void;
  toolResult(callId: string, output: string): void;
  /** Stops the answer if it goes on, and leaves of it in the conversation only what was heard. */
  cancelAnswer(heard: Heard): void;
  close(): void;
}

/**
 * A voice service.
 * @throws {VjjError} PROVIDER_AUTH, PROVIDER_BUSY or PROVIDER_UNREACHABLE
 */
export type Connect = (setup: ConversationSetup, events: ConversationEvents) => Promise<Conversation>;
