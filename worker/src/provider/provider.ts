import type { ErrorId } from '@vjj/shared/errors.ts';
import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';

/** What a conversation with a voice service needs to know at its beginning. */
export interface ConversationSetup {
  instructions: string;
  voice: string;
  voiceMode: VoiceMode;
}

export type AnswerOutcome = 'completed' | 'cancelled' | 'failed' | 'incomplete';

/** What a voice service tells. Nothing of an answer comes after it was cancelled. */
export interface ConversationEvents {
  /** Open-mic: the service hears the caller begin and end to speak. */
  onSpeechStarted(): void;
  onSpeechStopped(): void;
  /** Open-mic: the service has taken an utterance and waits to be asked for the answer. */
  onUtterance(): void;
  /** The caller's words; `text` is all of the utterance so far. */
  onUserTranscript(text: string, isFinal: boolean): void;
  onAnswerStarted(): void;
  onAudio(pcm: Buffer): void;
  /** The answer's words; `text` is all of it so far. */
  onTranscript(text: string, isFinal: boolean): void;
  onAnswerDone(outcome: AnswerOutcome): void;
  /** Something failed and the conversation goes on. `detail` is for the log. */
  onError(id: ErrorId, detail: string): void;
  /** The conversation is over. */
  onClosed(id: ErrorId, detail: string): void;
}

/** One conversation with a voice service. */
export interface Conversation {
  /** The service is the emulator: it does not understand speech, a script speaks for the caller. */
  readonly isSimulated: boolean;
  setVoiceMode(mode: VoiceMode): void;
  appendAudio(base64: string): void;
  /** The caller has finished an utterance (push-to-talk). */
  commitAudio(): void;
  /** Forgets audio that was not committed. */
  clearAudio(): void;
  addUserText(text: string): void;
  /** Asks for an answer; waits for the end of one that is being cancelled. */
  answer(): void;
  /**
   * Stops the answer, and leaves of it in the conversation only what was heard.
   * @param heardMs 0: nothing
   */
  cancelAnswer(heardMs: number): void;
  close(): void;
}

/**
 * A voice service.
 * @throws {VjjError} PROVIDER_AUTH, PROVIDER_BUSY or PROVIDER_UNREACHABLE
 */
export type Connect = (setup: ConversationSetup, events: ConversationEvents) => Promise<Conversation>;
