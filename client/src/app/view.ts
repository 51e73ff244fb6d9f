import type { Owner, VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { CallState } from '../sdk/call-events.ts';
import { type Conversation, noConversation } from './conversation.ts';
import type { Happening } from './happening.ts';
import type { Notice } from './notice.ts';

/** What the talk button is doing. */
export type Talk = 'off' | 'opening' | 'on';

/** Whose turn it is, as the caller sees it. */
export type Phase = 'idle' | 'listening' | 'thinking' | 'speaking';

/** A line of the event strip; `count` when the same happened several times in a row. */
export interface StripLine extends Happening {
  id: number;
  count: number;
}

/** All the page shows. Immutable: a change is a new object. */
export interface View {
  call: CallState;
  worker: string | undefined;
  isSimulated: boolean;
  isReturning: boolean;
  /** All lines are busy, and the caller stands in line for one. */
  isWaiting: boolean;
  mode: VoiceMode;
  noticesBargeIn: boolean;
  talk: Talk;
  owner: Owner;
  /** The agent was asked, and its answer has not wholly arrived. */
  isAwaiting: boolean;
  isPlaying: boolean;
  conversation: Conversation;
  strip: readonly StripLine[];
  notice: Notice | undefined;
}

export const firstView: View = {
  call: 'idle',
  worker: undefined,
  isSimulated: false,
  isReturning: false,
  isWaiting: false,
  mode: 'push-to-talk',
  noticesBargeIn: true,
  talk: 'off',
  owner: 'none',
  isAwaiting: false,
  isPlaying: false,
  conversation: noConversation,
  strip: [],
  notice: undefined,
};

export function phaseOf(view: View): Phase {
  if (view.talk === 'on' && view.mode === 'push-to-talk') return 'listening';
  if (view.isPlaying) return 'speaking';
  if (view.isAwaiting) return 'thinking';
  return view.talk === 'on' ? 'listening' : 'idle';
}

/** Lines kept for reading back. */
const stripLength = 40;

/** The strip with one more happening, newest first; a repetition is counted instead. */
export function stripWith(strip: readonly StripLine[], happening: Happening): readonly StripLine[] {
  const [newest, ...older] = strip;
  if (newest?.text === happening.text && newest.detail === happening.detail)
    return [{ ...newest, count: newest.count + 1 }, ...older];
  const line = { ...happening, id: (newest?.id ?? 0) + 1, count: 1 };
  return [line, ...strip].slice(0, stripLength);
}
