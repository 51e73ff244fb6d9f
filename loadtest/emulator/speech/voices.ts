import type { EspeakVoice } from './espeak.ts';

/** 155 words a minute gives 12–18 transcript characters per second of speech. */
const WORDS_PER_MINUTE = 155;

const v = (name: string, pitch: number): Omit<EspeakVoice, 'wordsPerMinute'> => ({ name, pitch });

/** OpenAI's voice names, each with a synthetic voice that can be told from the others. */
const voices = {
  alloy: v('en-us', 55),
  ash: v('en-us+m3', 38),
  ballad: v('en-gb+m2', 45),
  coral: v('en-us+f2', 60),
  echo: v('en-us+m1', 40),
  sage: v('en-us+f4', 50),
  shimmer: v('en-us+f3', 68),
  verse: v('en-us+m7', 50),
  marin: v('en-us+f5', 55),
  cedar: v('en-us+m4', 30),
  fable: v('en-gb+m5', 55),
  nova: v('en-us+f1', 64),
  onyx: v('en-us+m6', 20),
} as const satisfies Record<string, Omit<EspeakVoice, 'wordsPerMinute'>>;

export type VoiceName = keyof typeof voices;

/** Voices a Realtime session accepts. */
export const REALTIME_VOICES: readonly VoiceName[] = [
  'alloy',
  'ash',
  'ballad',
  'coral',
  'echo',
  'sage',
  'shimmer',
  'verse',
  'marin',
  'cedar',
];

/** Voices `/v1/audio/speech` accepts: those of Realtime and three older ones. */
export const SPEECH_VOICES: readonly VoiceName[] = [...REALTIME_VOICES, 'fable', 'nova', 'onyx'];

/** @param speed 1 is normal; the rate of speech is multiplied by it */
export function espeakVoice(name: VoiceName, speed: number): EspeakVoice {
  return { ...voices[name], wordsPerMinute: Math.round(WORDS_PER_MINUTE * speed) };
}
