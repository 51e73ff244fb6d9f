import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ESpeakNg from 'espeak-ng';

/** Sample rate of the synthesiser's WAV output, Hz. */
export const ESPEAK_RATE = 22050;

export interface EspeakVoice {
  /** eSpeak NG voice and variant, such as `en-us+f2`. */
  name: string;
  /** 0–99; 50 is neutral. */
  pitch: number;
  wordsPerMinute: number;
}

/** Where a word begins: `at` is the character offset in the text (0-based). */
export interface WordEvent {
  at: number;
  startMs: number;
}

export interface Utterance {
  /** Mono PCM16 at {@link ESPEAK_RATE}. */
  samples: Int16Array;
  /** The synthesiser's own word events; empty when they could not be read. */
  words: WordEvent[];
}

/* The layout of `espeakEVENT` on a 32-bit machine, in 4-byte cells. */
const CELLS = 9;
const TYPE = 0;
const TEXT_POSITION = 2;
const LENGTH = 3;
const AUDIO_MS = 4;
const SAMPLE = 5;
const WORD_NUMBER = 7;
const WORD = 1;
const LAST_EVENT_TYPE = 9;
const WAV_HEADER_BYTES = 44;

let compiled: Promise<WebAssembly.Module> | undefined;

function compile(): Promise<WebAssembly.Module> {
  compiled ??= readFile(fileURLToPath(new URL('espeak-ng.wasm', import.meta.resolve('espeak-ng')))).then(
    (bytes) => WebAssembly.compile(bytes),
  );
  return compiled;
}

/**
 * Speaks one sentence (80–150 ms of work for 4 s of speech; the module is compiled once).
 *
 * The command-line build prints no word times, but its event list lies in its memory each time it
 * writes a stretch of audio. Reading it there gives the synthesiser's exact word starts. Should a
 * later build lay it out differently, `words` stays empty and the caller estimates.
 */
export async function speak(text: string, voice: EspeakVoice): Promise<Utterance> {
  const module = await compile();
  const events = new EventReader();
  const espeak = await ESpeakNg({
    // A leading dash would be taken for an option.
    arguments: [
      '-w',
      'out.wav',
      '-v',
      voice.name,
      '-p',
      String(voice.pitch),
      '-s',
      String(voice.wordsPerMinute),
      text.replace(/^-+/, ' '),
    ],
    print: () => {},
    printErr: () => {},
    instantiateWasm(imports, ready) {
      const instance = new WebAssembly.Instance(
        module,
        watchWrites(imports, () => events.read()),
      );
      events.memory = instance.exports.memory;
      ready(instance, module);
      return instance.exports;
    },
  });
  const wav = espeak.FS.readFile('out.wav');
  const pcm = wav.slice(WAV_HEADER_BYTES, wav.length - (wav.length % 2));
  return { samples: new Int16Array(pcm.buffer, 0, pcm.length >> 1), words: events.words };
}

function watchWrites(imports: WebAssembly.Imports, onWrite: () => void): WebAssembly.Imports {
  const watched: WebAssembly.Imports = {};
  for (const [space, values] of Object.entries(imports)) {
    const write = values.fd_write;
    watched[space] =
      typeof write === 'function'
        ? {
            ...values,
            fd_write: (...args: unknown[]) => {
              onWrite();
              return Reflect.apply(write, undefined, args);
            },
          }
        : values;
  }
  return watched;
}

class EventReader {
  memory: WebAssembly.Memory | undefined;
  readonly words: WordEvent[] = [];
  #base = -1;
  #lastWord = 0;

  read(): void {
    if (!this.memory) return;
    const cells = new Int32Array(this.memory.buffer);
    if (this.#base < 0) this.#base = findEventList(cells);
    if (this.#base < 0) return;
    for (let at = this.#base; at + CELLS < cells.length; at += CELLS) {
      const type = cells[at + TYPE] ?? 0;
      if (type <= 0 || type > LAST_EVENT_TYPE) return;
      const number = cells[at + WORD_NUMBER] ?? 0;
      // Numbers rise, with gaps where a clause begins.
      if (type !== WORD || number <= this.#lastWord) continue;
      this.#lastWord = number;
      this.words.push({ at: (cells[at + TEXT_POSITION] ?? 1) - 1, startMs: cells[at + AUDIO_MS] ?? 0 });
    }
  }
}

/** Finds the first word's event and walks back over the sentence events before it. */
function findEventList(cells: Int32Array): number {
  for (let at = 0; at + CELLS < cells.length; at++) {
    if (cells[at] !== WORD || cells[at + 1] !== 0 || cells[at + 6] !== 0) continue;
    if (cells[at + WORD_NUMBER] !== 1) continue;
    const position = cells[at + TEXT_POSITION] ?? 0;
    const length = cells[at + LENGTH] ?? 0;
    const ms = cells[at + AUDIO_MS] ?? -1;
    const sample = cells[at + SAMPLE] ?? -1;
    if (position < 1 || position > 1000 || length < 1 || length > 100 || ms < 0 || sample < 0) continue;
    if (Math.abs((sample * 1000) / ESPEAK_RATE - ms) > 1.5) continue;
    let base = at;
    while (isEvent(cells, base - CELLS)) base -= CELLS;
    if (base < at) return base;
  }
  return -1;
}

function isEvent(cells: Int32Array, at: number): boolean {
  const type = cells[at + TYPE] ?? 0;
  return type > WORD && type <= LAST_EVENT_TYPE && cells[at + 1] === 0 && cells[at + 6] === 0;
}
