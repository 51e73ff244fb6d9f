import { monotonicMs } from '@vjj/shared/clock.ts';
import type { ClientMessage } from '@vjj/shared/protocol/messages.ts';
import type { CallerOutput } from './caller-output.ts';
import type { Live } from './live.ts';

/** What a caller says to the ear and the mouth of a call that was started. */
export type LiveMessage = Exclude<
  ClientMessage,
  { type: 'audio.chunk' | 'session.start' | 'session.end' | 'session.set_mode' }
>;

/** Does what the message asks for, and acknowledges what the protocol acknowledges. */
export function dealWith(message: LiveMessage, { listener, speaker }: Live, output: CallerOutput): void {
  // What is said of where the answer is, is said of the moment it is stopped: no time passes between the two.
  const now = monotonicMs();
  if ('playedMs' in message && message.playedMs !== undefined) {
    speaker.onPlayed(message.playedMs, message.type === 'ack' ? message.seq : undefined, now);
  }
  switch (message.type) {
    case 'audio.commit':
      if (!listener.commit()) output.message({ type: 'commit.skipped', reason: 'buffer_too_small' });
      break;
    case 'audio.stop':
      speaker.apply('cancelled', now);
      listener.stop();
      output.message({ type: 'audio.stop.ack' });
      output.message({ type: 'response.end' });
      break;
    case 'audio.cancel':
      speaker.apply('cancelled', now);
      listener.forget();
      output.message({ type: 'audio.cancel.ack' });
      output.message({ type: 'response.end' });
      break;
    case 'user.barge_in':
      speaker.apply('bargeIn', now);
      listener.open();
      output.message({ type: 'user.barge_in.ack' });
      break;
    case 'playback.ended':
      speaker.onPlaybackEnded();
      break;
    case 'text.input':
      listener.onTyped(message.text);
      break;
    case 'ack':
      break;
  }
}
