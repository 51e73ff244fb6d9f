import { sentencesOf } from '../speech/voice.ts';

/** Speech at the emulator's rate: about this many characters a second. */
const CHARACTERS_PER_SECOND = 16;
const MAX_ANSWER_SENTENCES = 2;

const FILLER = [
  'Let me walk you through it step by step.',
  'First, we look at what you already have and what you would like to change.',
  'Then we choose the plan that fits your needs best, without any hidden cost.',
  'Most of our customers finish this part within a few minutes.',
  'You can come back at any time and go on where you left off.',
  'Our team checks every request by hand before anything is sent out.',
  'If something is missing, we write to you the same day.',
  'Once it is done, you receive a short message that confirms it.',
  'There is nothing else you need to prepare beforehand.',
  'And if you change your mind, you can simply let us know.',
];

/**
 * Sentences that take about `durationMs` to say.
 *
 * @param turn  which sentence to begin with, so that answers of a session differ
 */
export function fillerOf(durationMs: number, turn: number): string {
  const wanted = Math.max(8, (durationMs / 1000) * CHARACTERS_PER_SECOND);
  let text = '';
  for (let at = turn; ; at++) {
    const sentence = FILLER[at % FILLER.length] ?? '';
    const left = wanted - text.length;
    if (text !== '' && left < 12) return text;
    if (left < sentence.length) return `${text} ${cutAtWord(sentence, left)}`.trim();
    text = `${text} ${sentence}`.trim();
  }
}

function cutAtWord(sentence: string, characters: number): string {
  const cut = sentence.slice(0, Math.max(6, characters)).replace(/[\s,]+\S*$/, '');
  return cut.endsWith('.') ? cut : `${cut}.`;
}

/** One or two sentences out of the tools' outputs, those that share most words with the question. */
export function answerFrom(question: string, outputs: readonly string[]): string {
  const texts = outputs.flatMap(textsIn);
  const wanted = keywords(question);
  const sentences = texts.flatMap((text) => sentencesOf(text)).filter((sentence) => /[a-z]/i.test(sentence));
  if (sentences.length === 0) return 'I could not find anything about that, I am sorry.';
  const scored = sentences.map((sentence, order) => ({
    sentence,
    order,
    score: [...keywords(sentence)].filter((word) => wanted.has(word)).length,
  }));
  const best = scored
    .toSorted((a, b) => b.score - a.score || a.order - b.order)
    .slice(0, MAX_ANSWER_SENTENCES);
  const top = best[0]?.score ?? 0;
  const kept = best.filter((entry, index) => index === 0 || entry.score * 2 > top);
  return kept
    .toSorted((a, b) => a.order - b.order)
    .map((entry) => (/[.!?]$/.test(entry.sentence) ? entry.sentence : `${entry.sentence}.`))
    .join(' ');
}

/** The texts in a tool's output: of `results[].text` and the like, or the output itself when it is no JSON. */
function textsIn(output: string): string[] {
  try {
    return collect(JSON.parse(output));
  } catch {
    return [output];
  }
}

const TEXT_KEYS = ['text', 'content', 'answer', 'fact', 'snippet', 'summary', 'output', 'result'];
const LIST_KEYS = ['results', 'facts', 'documents', 'items', 'data', 'matches'];

function collect(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(collect);
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  const named = entries.filter(([key]) => TEXT_KEYS.includes(key) || LIST_KEYS.includes(key));
  return named.flatMap(([, inner]) => collect(inner));
}

const STOP_WORDS = new Set(
  'a an and are at be but by can could do does for from have how i if in is it me my of on or our please so tell that the their there they this to us was we what when where which who why will with would you your'.split(
    ' ',
  ),
);

/** Words that carry meaning, in lower case, without a plural's s. */
export function keywords(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => !STOP_WORDS.has(word)).map((word) => word.replace(/(?<=...)s$/, '')));
}
