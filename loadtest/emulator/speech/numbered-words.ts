import type { TimedWord } from './words.ts';

/**
 * Speech that can be counted, of both sides.
 *
 * A caller's: a frame whose first samples are 31000, −31000, 31000 says the number in its fourth. Six bytes are eight
 * characters of base64, so nothing need be decoded to find it, where frames are a multiple of three bytes long.
 *
 * The agent's: a text of nothing but consecutive numbers of five digits is spoken as words of 200 ms. Each begins as a
 * caller's does, and ends with −31000, 31000, −31000 and its number, so that a word that was cut is told from a whole one.
 */
export const wordBegins = Buffer.from(Int16Array.of(31_000, -31_000, 31_000).buffer);
export const wordEnds = Buffer.from(Int16Array.of(-31_000, 31_000, -31_000).buffer);
/** A number, marked. */
const markBytes = wordBegins.length + 2;
/** Length of a spoken word of the agent, ms. */
export const answerWordMs = 200;
const bytesPerMs = 48;
/** Loud enough for every floor on the way. */
const amplitude = 8000;

const mark = wordBegins.toString('base64');

/** The numbers said in a piece of a caller's audio, in order. */
export function numbersIn(base64: string): number[] {
  const numbers: number[] = [];
  for (let at = base64.indexOf(mark); at !== -1; at = base64.indexOf(mark, at + mark.length)) {
    const number = Buffer.from(base64.slice(at + mark.length, at + mark.length + 4), 'base64');
    if (number.length >= 2) numbers.push(number.readInt16LE());
  }
  return numbers;
}

/** The agent's numbers in a text, when it is one of those that can be counted. */
export function countedNumbers(text: string): number[] | undefined {
  const numbers: number[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const number = Number(word);
    if (!/^\d{5}$/.test(word) || number > 30_000) return undefined;
    if (numbers.length > 0 && number !== numbers.at(-1)! + 1) return undefined;
    numbers.push(number);
  }
  return numbers;
}

/** Speaks them: mono PCM16, 24 kHz. */
export function sayNumbers(numbers: readonly number[]): { pcm: Buffer; words: TimedWord[] } {
  const wordBytes = answerWordMs * bytesPerMs;
  const pcm = Buffer.concat(
    numbers.map((number) => {
      const word = tone(answerWordMs);
      writeMark(word, 0, wordBegins, number);
      writeMark(word, wordBytes - markBytes, wordEnds, number);
      return word;
    }),
  );
  const words = numbers.map((number, at) => ({
    text: String(number),
    startMs: at * answerWordMs,
    endMs: (at + 1) * answerWordMs,
    exact: true,
  }));
  return { pcm, words };
}

/** A caller's frame that says a number. @param number 1–30,000 */
export function numberedFrame(number: number, ms = 100): Buffer {
  const frame = tone(ms);
  writeMark(frame, 0, wordBegins, number);
  return frame;
}

/**
 * Finds the agent's words in what a caller plays, however it was cut into frames.
 * @param onWord told of each word whose end came
 */
export class WordEar {
  readonly #onWord: (number: number) => void;
  /** End of the frame before: a mark may lie across. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(onWord: (number: number) => void) {
    this.#onWord = onWord;
  }

  hear(pcm: Uint8Array): void {
    const bytes = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    const audio = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = audio.indexOf(wordEnds);
    for (; at !== -1 && at + markBytes <= audio.length; at = audio.indexOf(wordEnds, at + markBytes))
      this.#onWord(audio.readInt16LE(at + wordEnds.length));
    // A mark that was read must not be read again.
    const from = at === -1 ? Math.max(this.#after(audio), audio.length - markBytes + 1) : at;
    this.#rest = Buffer.from(audio.subarray(from));
  }

  #after(audio: Buffer): number {
    const last = audio.lastIndexOf(wordEnds);
    return last === -1 ? 0 : last + markBytes;
  }
}

const tones = new Map<number, Buffer>();

/** A copy of a tone of that length. */
function tone(ms: number): Buffer {
  let known = tones.get(ms);
  if (known === undefined) {
    const samples = Int16Array.from({ length: (ms * bytesPerMs) / 2 }, (_, at) =>
      Math.round(amplitude * Math.sin(at / 10)),
    );
    known = Buffer.from(samples.buffer);
    tones.set(ms, known);
  }
  return Buffer.from(known);
}

function writeMark(pcm: Buffer, at: number, sign: Buffer, number: number): void {
  sign.copy(pcm, at);
  pcm.writeInt16LE(number, at + sign.length);
}
