import type { LaneState, Owner, OwnerCause } from '@vjj/shared/protocol/messages.ts';

export type Event =
  /** The voice service is connected. */
  | 'started'
  /** The caller has finished a turn, spoken or typed. */
  | 'userTurnEnded'
  /** The answer has kept the caller waiting for as long as silence may last. */
  | 'reflexDue'
  /** The acknowledgement has been played. */
  | 'reflexEnded'
  /** The first audio of the answer may be heard. */
  | 'firstAudio'
  /** The whole answer has been played, or there was none. */
  | 'answerEnded'
  /** The policy stops what is said, or what would be answered. */
  | 'policyCancel'
  /** The safe line has been played, or there was none. */
  | 'fallbackEnded'
  /** The caller talks over the answer. */
  | 'bargeIn'
  /** The caller wants no answer. */
  | 'cancelled'
  | 'ended';

export type Effect =
  /** Ask the voice service for an answer. */
  | 'requestAnswer'
  /** Stop the answer everywhere: at the voice service, in the gate, and in the conversation past what was heard. */
  | 'cancelAnswer'
  | 'playReflex'
  | 'stopReflex'
  | 'playFallback'
  | 'stopFallback';

export interface Step {
  state: LaneState;
  effects: readonly Effect[];
}

/** What happens next. Pure: timers and sockets belong to the session. An event that means nothing here changes nothing. */
export function next(state: LaneState, event: Event): Step {
  switch (state) {
    case 'IDLE':
      if (event === 'started') return to('LISTENING');
      break;
    case 'LISTENING':
      if (event === 'userTurnEnded') return to('B_RESPONDING', 'requestAnswer');
      // Words judged only after their answer was over: the caller still hears why.
      if (event === 'policyCancel') return to('FALLBACK_PLAYING', 'playFallback');
      break;
    case 'B_RESPONDING':
      if (event === 'reflexDue') return to('A_PLAYING', 'playReflex');
      if (event === 'firstAudio') return to('B_PLAYING');
      if (event === 'answerEnded') return to('LISTENING');
      return interrupted(state, event, ['cancelAnswer']);
    case 'A_PLAYING':
      if (event === 'reflexEnded') return to('B_RESPONDING');
      if (event === 'firstAudio') return to('B_PLAYING', 'stopReflex');
      if (event === 'answerEnded') return to('LISTENING', 'stopReflex');
      return interrupted(state, event, ['stopReflex', 'cancelAnswer']);
    case 'B_PLAYING':
      if (event === 'answerEnded') return to('LISTENING');
      return interrupted(state, event, ['cancelAnswer']);
    case 'FALLBACK_PLAYING':
      if (event === 'fallbackEnded') return to('LISTENING');
      return interrupted(state, event, ['stopFallback']);
    case 'ENDED':
      return { state, effects: [] };
  }
  return event === 'ended' ? to('ENDED') : { state, effects: [] };
}

/** What ends the speaking of any lane; `stop` is what must be stopped for it. */
function interrupted(state: LaneState, event: Event, stop: readonly Effect[]): Step {
  switch (event) {
    case 'userTurnEnded':
      return to('B_RESPONDING', ...stop, 'requestAnswer');
    case 'policyCancel':
      return to('FALLBACK_PLAYING', ...stop, 'playFallback');
    case 'bargeIn':
    case 'cancelled':
      return to('LISTENING', ...stop);
    case 'ended':
      return to('ENDED', ...stop);
    default:
      return { state, effects: [] };
  }
}

function to(state: LaneState, ...effects: Effect[]): Step {
  return { state, effects };
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
    case 'reflexDue':
    case 'userTurnEnded':
      return 'user_speech_ended';
    case 'policyCancel':
      return 'policy_cancel';
    case 'bargeIn':
    case 'cancelled':
      return 'user_barge_in';
    default:
      return 'response_done';
  }
}
