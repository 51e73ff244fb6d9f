import type { Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import type { ErrorId } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { CallAgent } from './call-agent.ts';
import type { CallerOutput } from './caller-output.ts';
import type { CallEvidence } from './evidence/call-evidence.ts';
import type { Caller } from './evidence/evidence.ts';
import type { SpeakerPhrases } from './lanes/speaker.ts';
import type { CallMemory } from './memory/call-memory.ts';
import type { Connect } from './provider/provider.ts';

/** What a session needs of its process. */
export interface SessionDependencies {
  config: Readonly<Config>;
  log: Logger;
  connect: Connect;
  agents: { get(name: string): CallAgent | undefined };
  phrases: SpeakerPhrases;
  /** Undefined: callers are not known again. */
  memory: CallMemory | undefined;
  /** The process's beat for pacing audio. */
  ticker: Ticker;
  output: CallerOutput;
  evidence: {
    /** No new call may begin: what it does could not be kept. */
    isFull: () => boolean;
    /** Begins the chain of this call. */
    begin: (caller: Omit<Caller, 'session' | 'epoch'>) => CallEvidence;
  };
  /** Signs the token with which a caller comes back to this session. */
  resumeToken: (generation: number) => string;
  /** How the voice service was last met: `ok`, or an id of the error table. */
  onProvider: (health: 'ok' | ErrorId) => void;
  /** Another worker would have to know what has changed, at once. */
  onChanged: () => void;
  /** The voice service is lost amid a turn: the call is to be taken up anew from its journal. */
  onAdrift: () => void;
  /** The session is over; called once. */
  onEnd: () => void;
}
