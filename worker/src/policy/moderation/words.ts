import { foldedCharacter, latinised, unleeted } from './folded.ts';

/** Who takes the words of a turn, one after the other. */
export interface WordSink {
  word(word: string): void;
  /** A sentence is over. */
  sentence(): void;
  /** Something is quoted from here on, or up to here. */
  quote(): void;
}

/** Words that a disguise may stand for. */
export interface Vocabulary {
  has(word: string): boolean;
  /** A rude word with stars in it, if there is one like that. */
  unmasked(word: string): string | undefined;
}

/** A chunk without white space is cut here, so that no input makes one step long. */
const maximumChunk = 48;
const maximumRun = 48;

const short: Readonly<Record<string, string>> = {
  gonna: 'going to',
  wanna: 'want to',
  gotta: 'got to',
  lemme: 'let me',
  gimme: 'give me',
  im: 'i am',
  ive: 'i have',
  dont: 'do not',
  cant: 'can not',
  cannot: 'can not',
  wont: 'will not',
  didnt: 'did not',
  doesnt: 'does not',
  isnt: 'is not',
  arent: 'are not',
  wasnt: 'was not',
  shouldnt: 'should not',
  wouldnt: 'would not',
  youre: 'you are',
  youll: 'you will',
  theyre: 'they are',
  thats: 'that is',
  whats: 'what is',
  ya: 'you',
  yall: 'you all',
  u: 'you',
  ur: 'your',
  r: 'are',
  kys: 'kill yourself',
  kms: 'kill myself',
  imma: 'i am going to',
  ima: 'i am going to',
  finna: 'going to',
  tryna: 'trying to',
  kinda: 'kind of',
  stfu: 'shut the fuck up',
  gtfo: 'get the fuck out',
  unalive: 'kill',
  unaliving: 'killing',
  pls: 'please',
  plz: 'please',
  ppl: 'people',
  "let's": 'let us',
  "won't": 'will not',
  "can't": 'can not',
  "ain't": 'is not',
  "y'all": 'you all',
  chatgpt: 'chatgpt',
};

const endings: readonly (readonly [string, string])[] = [
  ["n't", ' not'],
  ["'ll", ' will'],
  ["'re", ' are'],
  ["'ve", ' have'],
  ["'m", ' am'],
  ["'d", ' would'],
];

const pronouns = new Set([
  'he',
  'she',
  'it',
  'that',
  'what',
  'who',
  'there',
  'here',
  'how',
  'where',
  'when',
  'everyone',
]);

/** Scripts without spaces: every character is a word. */
const unspaced = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}]/u;

export function isUnspaced(character: string): boolean {
  return unspaced.test(character);
}

/**
 * The words of a growing text as a reader would hear them: without case, accents, invisible characters, look-alikes,
 * digits for letters, stars, drawn-out and spaced-out letters. Work is bounded per character, whatever comes.
 */
export class Words {
  readonly #vocabulary: Vocabulary;
  readonly #sink: WordSink;
  #chunk = '';
  /** Single letters that may be a word spelled out. */
  #run = '';
  #surrogate = '';

  constructor(vocabulary: Vocabulary, sink: WordSink) {
    this.#vocabulary = vocabulary;
    this.#sink = sink;
  }

  push(text: string): void {
    const whole = this.#surrogate + text;
    this.#surrogate = '';
    for (let at = 0; at < whole.length; at += 1) {
      const code = whole.charCodeAt(at);
      if (code < 0x80) this.#ascii(code, whole[at] ?? '');
      else if (code >= 0xd800 && code < 0xdc00) {
        if (at + 1 === whole.length) this.#surrogate = whole[at] ?? '';
        else {
          this.#other(whole.slice(at, at + 2));
          at += 1;
        }
      } else this.#other(whole[at] ?? '');
    }
  }

  /** Nothing more comes: what was held back is told. */
  finish(): void {
    this.#flushChunk();
    this.#flushRun();
    this.#sink.sentence();
  }

  #ascii(code: number, character: string): void {
    if (code >= 97 && code <= 122) this.#append(character);
    else if (code >= 65 && code <= 90) this.#append(String.fromCharCode(code + 32));
    else if (code === 10 || code === 13) {
      this.#flushChunk();
      this.#flushRun();
      this.#sink.sentence();
    } else if (code <= 32) this.#flushChunk();
    else this.#append(character);
  }

  #other(character: string): void {
    const folded = foldedCharacter(character);
    if (folded === '') return;
    if (folded.trim() === '') this.#flushChunk();
    else if ('。？！।'.includes(folded)) {
      this.#flushChunk();
      this.#flushRun();
      this.#sink.sentence();
    } else if (isUnspaced(folded)) {
      this.#flushChunk();
      this.#flushRun();
      this.#sink.word(folded);
    } else this.#append(folded);
  }

  #append(characters: string): void {
    this.#chunk += characters;
    if (this.#chunk.length >= maximumChunk) this.#flushChunk();
  }

  #flushChunk(): void {
    const chunk = this.#chunk;
    if (chunk === '') return;
    this.#chunk = '';
    if (isPlain(chunk)) {
      this.#plain(chunk);
      return;
    }
    let start = 0;
    let end = chunk.length;
    while (start < end && isOuter(chunk.charCodeAt(start))) start += 1;
    while (end > start && isOuter(chunk.charCodeAt(end - 1))) end -= 1;
    // A sign for a letter may stand at either end of a word, too: "@ss", "$hit".
    const before = chunk.slice(0, start);
    const after = chunk.slice(end);
    if (before.includes('"')) this.#sink.quote();
    const core = chunk.slice(start, end);
    if (!this.#disguised(chunk, core)) this.#core(core);
    if (after.includes('"')) this.#sink.quote();
    if (/[.?!…;]/.test(after) && !(core.length === 1 && after === '.')) {
      this.#flushRun();
      this.#sink.sentence();
    }
  }

  /** True if the chunk was a known word in disguise, and was told. */
  #disguised(chunk: string, core: string): boolean {
    if (!/\p{L}/u.test(chunk) || chunk.length < 3) return false;
    if (core.includes('*')) {
      const rude = this.#vocabulary.unmasked(core);
      if (rude !== undefined) return this.#tell(rude);
    }
    for (const form of core === chunk ? [core] : [core, chunk]) {
      if (!/[0-9@$!|+€£(.\-_*~]/.test(form)) continue;
      // "k.i.l.l", "k-i-l-l"
      const joined = form.replace(/[.\-_*~,/\\]/g, '');
      if (/^(?:\p{L}[.\-_*~,/\\]+){2,}\p{L}?$/u.test(form) && this.#vocabulary.has(joined))
        return this.#tell(joined);
      if (/^[0-9]+(?:st|nd|rd|th|am|pm|k|m|s|x|g|gb|mb|kg|cm|mm|ml)$/.test(form)) continue;
      for (const word of unleeted(joined))
        if (word !== form && this.#vocabulary.has(word)) return this.#tell(word);
    }
    return false;
  }

  #tell(word: string): true {
    this.#plain(word);
    return true;
  }

  #core(core: string): void {
    if (core === '') return;
    if (isPlain(core)) {
      this.#plain(core);
      return;
    }
    if (/[^\x20-\x7e]/.test(core)) {
      const latin = latinised(core);
      if (latin !== core && (/[a-z]/.test(core) || this.#vocabulary.has(latin))) {
        this.#core(latin.replace(/[^\x20-\x7e]/g, ''));
        return;
      }
    }
    const whole = short[core];
    if (whole !== undefined) {
      this.#several(whole);
      return;
    }
    if (core.includes("'")) {
      for (const [ending, spoken] of endings) {
        if (core.endsWith(ending) && core.length > ending.length) {
          this.#core(core.slice(0, -ending.length));
          this.#several(spoken.trim());
          return;
        }
      }
      if (core.endsWith("'s")) {
        const owner = core.slice(0, -2);
        this.#core(owner);
        if (pronouns.has(owner)) this.#plain('is');
        return;
      }
    }
    for (const piece of core.split(/[^\p{L}\p{M}\p{N}]+/u)) {
      if (piece === '') continue;
      if (/^\d+$/.test(piece)) this.#emit('#');
      else this.#plain(piece);
    }
  }

  #several(words: string): void {
    for (const word of words.split(' ')) this.#emit(word);
  }

  #plain(word: string): void {
    if (word.length === 1) {
      this.#run += word;
      if (this.#run.length >= maximumRun) this.#flushRun();
      return;
    }
    const whole = Object.hasOwn(short, word) ? short[word] : undefined;
    if (whole !== undefined) {
      this.#several(whole);
      return;
    }
    if (hasTriple(word)) {
      const once = word.replace(/(.)\1{2,}/gu, '$1');
      const twice = word.replace(/(.)\1{2,}/gu, '$1$1');
      const plain = this.#vocabulary.has(twice) ? twice : this.#vocabulary.has(once) ? once : twice;
      if (plain !== word) {
        this.#plain(plain);
        return;
      }
    }
    this.#emit(word);
  }

  #emit(word: string): void {
    if (this.#run !== '') this.#flushRun();
    this.#sink.word(word);
  }

  #flushRun(): void {
    const run = this.#run;
    if (run === '') return;
    this.#run = '';
    const words = run.length >= 3 ? this.#spelled(run) : undefined;
    for (const word of words ?? run)
      this.#sink.word(Object.hasOwn(short, word) ? (short[word] ?? word) : word);
  }

  /** The words that single letters spell; undefined if they spell none that matters. */
  #spelled(run: string): string[] | undefined {
    // Longest word first, from each place at most twelve letters: bounded by the length of the run.
    const words: string[] = [];
    let matters = false;
    let at = 0;
    while (at < run.length) {
      let length = Math.min(14, run.length - at);
      while (length > 1 && !this.#vocabulary.has(run.slice(at, at + length))) length -= 1;
      if (length >= 3) matters = true;
      words.push(run.slice(at, at + length));
      at += length;
    }
    return matters ? words : undefined;
  }
}

function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 97 || code > 122) return false;
  }
  return true;
}

/** Punctuation that surrounds a word. */
function isOuter(code: number): boolean {
  return (
    (code >= 33 && code <= 47) ||
    (code >= 58 && code <= 64) ||
    (code >= 91 && code <= 96) ||
    (code >= 123 && code <= 126) ||
    code === 0x2026 ||
    (code >= 0x2010 && code <= 0x2015)
  );
}

function hasTriple(word: string): boolean {
  for (let at = 2; at < word.length; at += 1) {
    if (word[at] === word[at - 1] && word[at] === word[at - 2]) return true;
  }
  return false;
}
