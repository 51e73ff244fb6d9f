import type { Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import type { ErrorId } from '@vjj/shared/errors.ts';
import type { Logger } from '@vjj/shared/log.ts';
import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import type { CallAgent } from './call-agent.ts';
import type { CallerOutput } from './caller-output.ts';
import type { CallEvidence } from './evidence/call-evidence.ts';
import type { CallRecord } from './journal/call-record.ts';
import { Listener } from './lanes/listener.ts';
import { Speaker, type SpeakerPhrases } from './lanes/speaker.ts';
import type { Connect, Conversation } from './provider/provider.ts';

/** A call that was started: its agent, and what listens and speaks for it. */
export interface Live {
  /** Another one after `renew`. */
  conversation: Conversation;
  listener: Listener;
  speaker: Speaker;
  /**
   * Goes on over another connection to the voice service, which is told what was said; nobody may be speaking.
   * The one before is closed when the new one is ready. @throws {VjjError}
   */
  renew(mode: VoiceMode): Promise<void>;
}

export interface LiveOptions {
  agent: CallAgent;
  config: Readonly<Config>;
  log: Logger;
  connect: Connect;
  evidence: CallEvidence;
  phrases: SpeakerPhrases;
  /** The process's beat for pacing audio. */
  ticker: Ticker;
  output: CallerOutput;
  record: CallRecord;
  mode: VoiceMode;
  /** The voice service reports an error, and the call goes on. */
  onError: (id: ErrorId, detail: string) => void;
  /** The conversation with it is over. */
  onClosed: (id: ErrorId, detail: string) => void;
}

/** Connects the voice service, with what was said before, and what listens and speaks. @throws {VjjError} */
export async function goLive(options: LiveOptions): Promise<Live> {
  const { agent, config, log, connect, evidence, onClosed, onError, output, phrases, record, ticker, mode } =
    options;
  const speaker = new Speaker({ agent, config, evidence, log, output, phrases, record, ticker });
  const listener = new Listener({ agent, config, evidence, log, output, record, ticker, speaker, mode });
  const { instructions, voice, language, turnDetection, tools } = agent;
  const converse = async (voiceMode: VoiceMode): Promise<Conversation> => {
    const history = record.dialogue.history();
    const tap = evidence.recording?.conversationTap;
    const begun = await connect(
      { instructions, voice, language, voiceMode, turnDetection, tools, history, tap },
      { ...listener.events, ...speaker.events, onError, onClosed },
    );
    speaker.begin(begun);
    listener.begin(begun);
    return begun;
  };
  const live: Live = {
    conversation: await converse(mode),
    listener,
    speaker,
    async renew(voiceMode) {
      const before = live.conversation;
      live.conversation = await converse(voiceMode);
      before.close();
    },
  };
  return live;
}
