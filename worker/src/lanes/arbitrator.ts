import type { LaneState, Owner, OwnerCause } from '@vjj/shared/protocol/messages.ts';

export type Event =
  /** The voice service is connected. */
  | 'started'
  /** The caller has finished a turn, spoken or typed. */
  | 'userTurnEnded'
  /** The first audio of the answer may be heard. */
  | 'firstAudio'
  /** The whole answer has been sent to the caller, or it had no audio. */
  | 'answerEnded'
  /** The caller talks over the answer. */
  | 'bargeIn'
  /** The caller wants no answer. */
  | 'cancelled'
  | 'ended';

export type Effect =
  /** Ask the voice service for an answer. */
  | 'requestAnswer'
  /** Stop the answer everywhere: at the voice service, in the gate, and in the conversation past what was heard. */
  | 'cancelAnswer';

export interface Step {
  state: LaneState;
  effects: readonly Effect[];
}

const cancelAnswer: readonly Effect[] = ['cancelAnswer'];
const requestAnswer: readonly Effect[] = ['requestAnswer'];
const restartAnswer: readonly Effect[] = ['cancelAnswer', 'requestAnswer'];
const none: readonly Effect[] = [];

/** What happens next. Pure: timers and sockets belong to the session. An event that means nothing here changes nothing. */
export function next(state: LaneState, event: Event): Step {
  if (state === 'ENDED') return { state, effects: none };
  if (event === 'ended') return { state: 'ENDED', effects: isAnswering(state) ? cancelAnswer : none };
  switch (state) {
    case 'IDLE':
      if (event === 'started') return { state: 'LISTENING', effects: none };
      break;
    case 'LISTENING':
      if (event === 'userTurnEnded') return { state: 'B_RESPONDING', effects: requestAnswer };
      break;
    default:
      if (event === 'userTurnEnded') return { state: 'B_RESPONDING', effects: restartAnswer };
      if (event === 'firstAudio') return { state: 'B_PLAYING', effects: none };
      if (event === 'answerEnded') return { state: 'LISTENING', effects: none };
      if (event === 'bargeIn' || event === 'cancelled') return { state: 'LISTENING', effects: cancelAnswer };
      break;
  }
  return { state, effects: none };
}

export function isAnswering(state: LaneState): boolean {
  return state !== 'IDLE' && state !== 'LISTENING' && state !== 'ENDED';
}

/** Who owns the speaker; one owner at most, since it follows from the state. */
export function ownerOf(state: LaneState): Owner {
  switch (state) {
    case 'A_PLAYING':
      return 'A';
    case 'B_PLAYING':
      return 'B';
    case 'FALLBACK_PLAYING':
      return 'fallback';
    default:
      return 'none';
  }
}

/** The cause a change of owner is announced with. */
export function ownerCause(event: Event): OwnerCause {
  switch (event) {
    case 'firstAudio':
      return 'b_first_audio_ready';
    case 'answerEnded':
    case 'ended':
      return 'response_done';
    case 'userTurnEnded':
      return 'user_speech_ended';
    default:
      return 'user_barge_in';
  }
}
