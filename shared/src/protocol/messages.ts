/**
 * The messages between a client and a session, JSON objects with a `type`.
 * Audio is PCM16 little-endian, mono, 24,000 Hz. Every server message also carries `timestamp`
 * (Unix ms) and `seq`, which rises by one per message of a session.
 */

export const sampleRate = 24_000;
export const bytesPerMs = 48;

export type VoiceMode = 'push-to-talk' | 'open-mic';
export type AudioEncoding = 'json' | 'binary';
/** Who an audio chunk belongs to. */
export type Lane = 'A' | 'B' | 'fallback';
/** Who owns the speaker. */
export type Owner = 'none' | Lane;
export type OwnerCause =
  | 'b_first_audio_ready'
  | 'policy_cancel'
  | 'user_barge_in'
  | 'response_done'
  | 'user_speech_ended';
export type LaneState =
  | 'IDLE'
  | 'LISTENING'
  | 'B_RESPONDING'
  | 'A_PLAYING'
  | 'B_PLAYING'
  | 'FALLBACK_PLAYING'
  | 'ENDED';
export type Decision = 'allow' | 'rewrite' | 'refuse' | 'escalate' | 'cancel_output';

interface Played {
  /** Milliseconds of the current answer the caller has really heard. */
  playedMs?: number | undefined;
}

export interface SessionStart {
  type: 'session.start';
  voiceMode?: VoiceMode | undefined;
  fingerprint?: string | undefined;
  userAgent?: string | undefined;
  /** Not used: there are no tenants. */
  tenantId?: string | undefined;
  agent?: string | undefined;
  audio?: AudioEncoding | undefined;
}

export type ClientMessage =
  | SessionStart
  | { type: 'session.set_mode'; voiceMode: VoiceMode }
  | { type: 'session.end' }
  | { type: 'audio.chunk'; data: string; format?: 'pcm' | undefined; sampleRate?: 24000 | undefined }
  | { type: 'audio.commit' }
  | ({ type: 'audio.stop' } & Played)
  | ({ type: 'audio.cancel' } & Played)
  | ({ type: 'playback.ended' } & Played)
  | ({ type: 'user.barge_in' } & Played)
  | { type: 'text.input'; text: string }
  | ({ type: 'ack'; seq: number } & Played);

export type ServerMessageBody =
  | {
      type: 'session.ready';
      sessionId: string;
      protocol: 2;
      /** The worker process the session is pinned to, `<name>:<boot id>`; for people, not for routing. */
      worker?: string;
      resumeToken?: string;
      resumeWithinMs?: number;
    }
  | {
      type: 'provider.ready';
      isReturningUser: boolean;
      previousSessionCount: number;
      voiceMode: VoiceMode;
      /** The voice service is the emulator: what the caller "said" by microphone comes from a script. */
      simulated?: boolean;
    }
  | { type: 'session.mode_changed'; voiceMode: VoiceMode }
  | { type: 'audio.chunk'; data: string; format: 'pcm'; sampleRate: 24000; lane: Lane }
  /**
   * `text` is all of the answer so far, and takes the place of what was told of it before: words may turn out otherwise
   * (redacted, reworded, or a word back when another worker goes on). The same holds for what the caller says.
   */
  | { type: 'transcript'; text: string; confidence: number; isFinal: boolean }
  | { type: 'user_transcript'; text: string; confidence: number; isFinal: boolean }
  | { type: 'speech.started' | 'speech.stopped' }
  | { type: 'response.start' | 'response.end' }
  | { type: 'lane.state_changed'; from: LaneState; to: LaneState; cause: string }
  | { type: 'lane.owner_changed'; from: Owner; to: Owner; cause: OwnerCause }
  | {
      type: 'policy.decision';
      decision: Decision;
      reasonCodes: string[];
      severity: number;
      safeRewrite?: string;
    }
  | { type: 'commit.skipped'; reason: 'buffer_too_small' }
  | { type: 'audio.stop.ack' | 'audio.cancel.ack' | 'user.barge_in.ack' }
  | {
      type: 'session.resumed';
      fromSeq: number;
      lost: number;
      /** Frames of the client that had arrived over the connection whose token it came with; absent: nobody knows. */
      received?: number;
    }
  | { type: 'session.moved'; cause: 'worker_lost' | 'drain'; gapMs: number; worker: string }
  | { type: 'session.reconnect'; afterMs: number }
  | { type: 'session.waiting'; position: number; etaMs: number }
  | { type: 'tool.call' | 'tool.result'; name: string; ms: number }
  | { type: 'citation'; id: string; source: string; text: string }
  | { type: 'error'; error: string; code: string; retryable: boolean };

export type ServerMessage = ServerMessageBody & { timestamp: number; seq: number };
export type ServerMessageType = ServerMessageBody['type'];
