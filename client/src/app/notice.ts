import type { MicrophoneProblem } from '../audio/capture.ts';
import type { CallEnd, MessageOf } from '../sdk/call-events.ts';
import type { Readiness } from '../sdk/readiness.ts';

/** Something the caller should know, and what they can do about it. */
export interface Notice {
  tone: 'info' | 'warning' | 'error';
  title: string;
  /** What to do next. */
  advice: string;
  /** The button beside it: call again, try the connection now, or go to the text field. */
  action?: 'call' | 'retry' | 'type';
}

const microphoneNotices: Record<MicrophoneProblem, Notice> = {
  denied: {
    tone: 'warning',
    title: 'The microphone is blocked',
    advice: 'Allow it in your browser’s settings for this site, then press the button again.',
    action: 'type',
  },
  missing: {
    tone: 'warning',
    title: 'No microphone was found',
    advice: 'Plug one in and press the button again.',
    action: 'type',
  },
  busy: {
    tone: 'warning',
    title: 'The microphone cannot be used',
    advice: 'Another app may be using it. Close it and press the button again.',
    action: 'type',
  },
  unsupported: {
    tone: 'warning',
    title: 'This page cannot use the microphone',
    advice: 'Browsers allow it on secure pages (https) only.',
    action: 'type',
  },
};

export function microphoneNotice(problem: MicrophoneProblem): Notice {
  return microphoneNotices[problem];
}

export const audioNotice: Notice = {
  tone: 'warning',
  title: 'Sound could not be started',
  advice: 'Press the button again to try once more. You can still type and read the answers.',
  action: 'type',
};

export const microphoneReadyNotice: Notice = {
  tone: 'info',
  title: 'The microphone is ready',
  advice: 'Hold the button while you speak.',
};

export const tooShortNotice: Notice = {
  tone: 'info',
  title: 'That was too short to hear',
  advice: 'Keep holding the button while you speak.',
};

/** Why the service takes no calls, by the ids of `GET /ready`. */
const unreadyNotices: Record<string, Pick<Notice, 'title' | 'advice'>> = {
  NO_CAPACITY: {
    title: 'All our lines are busy',
    advice: 'Please try again in a minute.',
  },
  NO_WORKER: {
    title: 'The assistant is not available',
    advice: 'It is being started or repaired. Please try again in a few minutes.',
  },
  REDIS_AWAY: {
    title: 'New calls cannot be taken just now',
    advice: 'This usually passes quickly. Please try again shortly.',
  },
  DRAINING: {
    title: 'This server is about to restart',
    advice: 'Please try again; another one will take your call.',
  },
};

function unreadyNotice(readiness: Readiness): Pick<Notice, 'title' | 'advice'> {
  const reason = readiness.reasons[0];
  if (!readiness.reachable)
    return {
      title: 'The assistant cannot be reached',
      advice: 'Check your internet connection, then try again.',
    };
  if (reason === undefined)
    return { title: 'The call could not be placed', advice: 'Please try again in a moment.' };
  return (
    unreadyNotices[reason.code] ?? { title: 'The call could not be placed', advice: sentence(reason.text) }
  );
}

export function reconnectingNotice(readiness?: Readiness): Notice {
  const why = readiness === undefined || readiness.ready ? undefined : unreadyNotice(readiness).title;
  return {
    tone: 'info',
    title: 'Connection lost. Reconnecting…',
    advice: why === undefined ? 'Your call is being held; just wait.' : `${why}. We keep trying.`,
    action: 'retry',
  };
}

export function waitingNotice({ position, etaMs }: MessageOf<'session.waiting'>): Notice {
  const seconds = Math.max(5, Math.ceil(etaMs / 5_000) * 5);
  return {
    tone: 'info',
    title: position <= 1 ? 'You are next in line' : `You are number ${position} in line`,
    advice: `All lines are busy; about ${seconds} seconds to go. Stay on this page.`,
  };
}

/** An error that leaves the call as it is. */
export function errorNotice({ error, retryable }: MessageOf<'error'>): Notice {
  return {
    tone: 'warning',
    title: 'Something went wrong with that',
    advice: `${sentence(error)}${retryable ? '' : ' If it happens again, please tell us.'}`,
  };
}

export function endNotice(end: CallEnd): Notice {
  const action = 'call';
  if (end.readiness !== undefined) return { tone: 'error', ...unreadyNotice(end.readiness), action };
  const advice = 'You can call again at any time.';
  switch (end.cause) {
    case 'hung_up':
    case 'finished':
      return { tone: 'info', title: 'The call has ended', advice, action };
    case 'refused':
      return {
        tone: 'error',
        title: 'The call was ended by the service',
        advice: end.error === undefined ? 'Please try again later.' : sentence(end.error.error),
        action,
      };
    default:
      return {
        tone: 'error',
        title: 'The connection was lost',
        advice:
          end.error === undefined
            ? 'Check your internet connection and call again.'
            : sentence(end.error.error),
        action,
      };
  }
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const begun = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
