import type { ServerMessage, ServerMessageType } from '@vjj/shared/protocol/messages.ts';
import type { Readiness } from './readiness.ts';
import type { AudioFrame, TextMessage } from './server-frame.ts';

/**
 * `idle` before the first `connect`; `connecting` until `session.ready`; `ready` until `provider.ready`;
 * `live` while one can speak; `reconnecting` while the connection is away and the call is not.
 */
export type CallState = 'idle' | 'connecting' | 'ready' | 'live' | 'reconnecting' | 'ended';

export interface CallEnd {
  /**
   * `hung_up` we ended it; `finished` the server did; `refused` it will not have us back; `lost` the
   * connection broke and could not be resumed; `unreachable` there never was one.
   */
  cause: 'hung_up' | 'finished' | 'refused' | 'lost' | 'unreachable';
  /** WebSocket close code. */
  code: number;
  reason: string;
  /** The last `error` message of the connection that ended. */
  error?: MessageOf<'error'>;
  /** What `GET /ready` said, when no connection could be made. */
  readiness?: Readiness;
}

export type MessageOf<Type extends ServerMessageType> = ServerMessage & { type: Type };

type MessageEvents = { [Type in TextMessage['type']]: MessageOf<Type> };

/** What a call tells: each server message by its type, and beside them: */
export interface CallEvents extends MessageEvents {
  state: { state: CallState; previous: CallState };
  /** Every text message, audio excepted. */
  message: TextMessage;
  /** Audio to play, in order. */
  audio: AudioFrame;
  /** Throw away what is queued to play. */
  flush: { cause: 'interrupted' | 'owner_changed' | 'acknowledged' };
  /** Another attempt comes after `delayMs`. */
  retrying: { attempt: number; delayMs: number };
  /** No connection could be made; what the server says of itself. More attempts may follow. */
  unavailable: Readiness;
  /** The session was lost and another one, which remembers nothing of the turn in progress, took its place. */
  restarted: { previousSessionId: string };
  ended: CallEnd;
}
