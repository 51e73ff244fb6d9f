import type { MessageOf } from '../sdk/call-events.ts';
import type { TextMessage } from '../sdk/server-frame.ts';
import { isAboutDanger } from './happening.ts';

export interface Citation {
  id: string;
  source: string;
  text: string;
}

export type Remark = 'reworded' | 'declined' | 'help';

export interface Turn {
  id: number;
  /** `note` is not speech: a line between two calls. */
  who: 'caller' | 'agent' | 'note';
  text: string;
  isFinal: boolean;
  /** Typed words that the server has not repeated yet. */
  isTyped: boolean;
  /** Why not all of it was heard: the caller spoke over it, or the safety policy stopped it. */
  cut: 'interrupted' | 'stopped' | undefined;
  /** What the safety policy had to do with it: said in other words, said instead of an answer, or said to help. */
  remark: Remark | undefined;
  citations: readonly Citation[];
}

/** What changes a conversation: the server's messages, and what the caller does here. */
export type ConversationEvent =
  | TextMessage
  | { type: 'caller.spoke' }
  | { type: 'caller.typed'; text: string }
  | { type: 'caller.interrupted' }
  | { type: 'call.began' }
  | { type: 'call.ended' };

export interface Conversation {
  turns: readonly Turn[];
  /** The agent's turn that is growing. */
  agentTurn: number | undefined;
  /** What still comes of an answer the caller spoke over was never heard. */
  isInterrupted: boolean;
  /** The policy's last objection: a safe line is about to be said for it. */
  objection: 'declined' | 'help' | undefined;
  nextId: number;
}

export const noConversation: Conversation = {
  turns: [],
  agentTurn: undefined,
  isInterrupted: false,
  objection: undefined,
  nextId: 1,
};

/** What was said, after one more event. Pure. */
export function converse(conversation: Conversation, event: ConversationEvent): Conversation {
  switch (event.type) {
    case 'caller.spoke':
      return withOpenSpeech(answered(conversation));
    case 'speech.started':
      return withOpenSpeech(conversation);
    case 'caller.typed':
      return add(answered(conversation), { who: 'caller', text: event.text, isFinal: true, isTyped: true });
    case 'user_transcript':
      return callerSaid(conversation, event.text, event.isFinal);
    case 'commit.skipped':
      return { ...conversation, turns: conversation.turns.filter((turn) => !isOpenSpeech(turn)) };
    case 'response.start':
      return { ...conversation, agentTurn: undefined, isInterrupted: false };
    case 'transcript':
      if (conversation.isInterrupted) return conversation;
      return agentSaid(conversation, event.text, event.isFinal);
    case 'citation':
      if (conversation.isInterrupted) return conversation;
      return cite(conversation, { id: event.id, source: event.source, text: event.text });
    case 'policy.decision':
      return objectedTo(conversation, event);
    case 'lane.owner_changed':
      return event.to === 'fallback' ? saidInstead(conversation) : conversation;
    case 'caller.interrupted':
      return { ...cutOff(conversation, 'interrupted'), isInterrupted: true };
    case 'user.barge_in.ack':
    case 'audio.stop.ack':
    case 'audio.cancel.ack':
      return { ...conversation, isInterrupted: false };
    case 'response.end':
      return change(conversation, conversation.agentTurn, (turn) => ({ ...turn, isFinal: true }));
    case 'call.ended':
      return {
        ...conversation,
        turns: spokenSoFar(conversation.turns),
        agentTurn: undefined,
        isInterrupted: false,
      };
    case 'call.began':
      if (conversation.turns.length === 0) return conversation;
      return add(conversation, { who: 'note', text: 'New call', isFinal: true });
    default:
      return conversation;
  }
}

/** What nobody will finish any more is final; speech without words is left out. */
function spokenSoFar(turns: readonly Turn[]): readonly Turn[] {
  return turns.filter((turn) => !isOpenSpeech(turn)).map((turn) => ({ ...turn, isFinal: true }));
}

/** The next words of the agent are about what the caller says now. */
function answered(conversation: Conversation): Conversation {
  return { ...conversation, agentTurn: undefined };
}

/** Ends the agent's turn where it is; one of which nothing was said is left out. */
function cutOff(conversation: Conversation, cut: Turn['cut']): Conversation {
  const { agentTurn, turns } = conversation;
  const heard = turns.filter(({ id, text }) => id !== agentTurn || text !== '');
  const ended = { ...conversation, turns: heard, agentTurn: undefined };
  return change(ended, agentTurn, (turn) => ({ ...turn, isFinal: true, cut }));
}

function objectedTo(
  conversation: Conversation,
  { decision, reasonCodes }: MessageOf<'policy.decision'>,
): Conversation {
  if (decision === 'allow') return conversation;
  if (decision !== 'rewrite')
    return { ...conversation, objection: isAboutDanger(reasonCodes) ? 'help' : 'declined' };
  const target = withAgentTurn(conversation);
  return change(target, target.agentTurn, (turn) => ({ ...turn, remark: 'reworded' }));
}

/** The safe line takes the place of the answer, or of the rest of it. */
function saidInstead(conversation: Conversation): Conversation {
  const { agentTurn, objection, turns } = conversation;
  const wasAnswering = turns.some(({ id, text, isFinal }) => id === agentTurn && text !== '' && !isFinal);
  const stopped = wasAnswering ? cutOff(conversation, 'stopped') : cutOff(conversation, undefined);
  const remark = wasAnswering && objection === 'declined' ? undefined : objection;
  return { ...withAgentTurn(stopped, { remark }), objection: undefined, isInterrupted: false };
}

/** Fills the turn these words belong to: typed words repeated, else the latest speech still without its words. */
function callerSaid(conversation: Conversation, text: string, isFinal: boolean): Conversation {
  const { turns } = conversation;
  const target =
    turns.find((turn) => turn.isTyped && turn.text.trim() === text.trim()) ??
    turns.findLast((turn) => turn.who === 'caller' && !turn.isFinal) ??
    turns.findLast((turn, at) => turn.isTyped && !turns.slice(at + 1).some(({ who }) => who === 'caller'));
  if (target === undefined) return add(conversation, { who: 'caller', text, isFinal });
  return change(conversation, target.id, (turn) => ({
    ...turn,
    text,
    isFinal,
    isTyped: false,
  }));
}

function agentSaid(conversation: Conversation, text: string, isFinal: boolean): Conversation {
  const growing = conversation.turns.find((turn) => turn.id === conversation.agentTurn && !turn.isFinal);
  if (growing === undefined) {
    const added = add(conversation, { who: 'agent', text, isFinal });
    return { ...added, agentTurn: conversation.nextId };
  }
  return change(conversation, growing.id, (turn) => ({ ...turn, text, isFinal }));
}

/** Sources come before the words that stand on them as often as after. */
function cite(conversation: Conversation, citation: Citation): Conversation {
  const target = withAgentTurn(conversation);
  return change(target, target.agentTurn, (turn) =>
    turn.citations.some(({ id }) => id === citation.id)
      ? turn
      : { ...turn, citations: [...turn.citations, citation] },
  );
}

function withAgentTurn(conversation: Conversation, turn: Partial<Turn> = {}): Conversation {
  if (conversation.turns.some(({ id }) => id === conversation.agentTurn)) return conversation;
  return { ...add(conversation, { who: 'agent', ...turn }), agentTurn: conversation.nextId };
}

function isOpenSpeech(turn: Turn): boolean {
  return turn.who === 'caller' && !turn.isFinal && turn.text === '';
}

function withOpenSpeech(conversation: Conversation): Conversation {
  const last = conversation.turns.at(-1);
  return last !== undefined && isOpenSpeech(last) ? conversation : add(conversation, { who: 'caller' });
}

const blank = {
  text: '',
  isFinal: false,
  isTyped: false,
  cut: undefined,
  remark: undefined,
  citations: [],
} as const satisfies Omit<Turn, 'id' | 'who'>;

function add(conversation: Conversation, turn: Partial<Turn> & Pick<Turn, 'who'>): Conversation {
  const added: Turn = { ...blank, ...turn, id: conversation.nextId };
  return { ...conversation, turns: [...conversation.turns, added], nextId: conversation.nextId + 1 };
}

function change(conversation: Conversation, id: number | undefined, how: (turn: Turn) => Turn): Conversation {
  if (id === undefined) return conversation;
  return { ...conversation, turns: conversation.turns.map((turn) => (turn.id === id ? how(turn) : turn)) };
}
