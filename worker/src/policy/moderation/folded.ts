/** Cyrillic, Greek and other letters that look like Latin ones. */
const lookalikes: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  е: 'e',
  к: 'k',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  с: 'c',
  т: 't',
  у: 'y',
  х: 'x',
  ѕ: 's',
  і: 'i',
  ј: 'j',
  ԁ: 'd',
  ԛ: 'q',
  ԝ: 'w',
  һ: 'h',
  ӏ: 'l',
  ё: 'e',
  ѵ: 'v',
  г: 'r',
  п: 'n',
  и: 'u',
  ь: 'b',
  з: '3',
  ғ: 'f',
  α: 'a',
  β: 'b',
  ε: 'e',
  η: 'n',
  ι: 'i',
  κ: 'k',
  μ: 'u',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  σ: 'o',
  ς: 's',
  τ: 't',
  υ: 'u',
  χ: 'x',
  ω: 'w',
  γ: 'y',
  ϲ: 'c',
  ϳ: 'j',
  ı: 'i',
  ɡ: 'g',
  ɑ: 'a',
  ɩ: 'i',
  ʏ: 'y',
  ɪ: 'i',
  ʟ: 'l',
  ᴋ: 'k',
  ᴜ: 'u',
  ᴏ: 'o',
  ᴛ: 't',
  ᴀ: 'a',
  ʙ: 'b',
  ᴄ: 'c',
  ᴅ: 'd',
  ᴇ: 'e',
  ꜰ: 'f',
  ɢ: 'g',
  ʜ: 'h',
  ᴊ: 'j',
  ᴍ: 'm',
  ɴ: 'n',
  ᴘ: 'p',
  ʀ: 'r',
  ꜱ: 's',
  ᴠ: 'v',
  ᴡ: 'w',
  ᴢ: 'z',
  ł: 'l',
  đ: 'd',
  ø: 'o',
  ß: 'ss',
  þ: 'p',
  ո: 'n',
  օ: 'o',
  ս: 'u',
  հ: 'h',
};

/** Digits and signs that stand for letters inside a word. `1`, `!` and `|` may also be an l. */
const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
  '+': 't',
  '€': 'e',
  '£': 'l',
  '(': 'c',
};

const folds = new Map<string, string>();
const maximumFolds = 20_000;

/** Characters that show nothing: they may stand anywhere inside a word. */
const invisible = /^[\p{Default_Ignorable_Code_Point}\u2800]$/u;

/** Letters in a square, and those that flags are made of: no normal form knows that they are letters. */
const letterSigns: readonly (readonly [first: number, last: number])[] = [
  [0x1f130, 0x1f149],
  [0x1f150, 0x1f169],
  [0x1f170, 0x1f189],
  [0x1f1e6, 0x1f1ff],
];

function letterOfSign(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const block = letterSigns.find(([first, last]) => code >= first && code <= last);
  return block === undefined ? character : String.fromCharCode(0x61 + code - block[0]);
}

/** One character without case, accents and typographic variants; nothing if it shows nothing. */
export function foldedCharacter(character: string): string {
  const known = folds.get(character);
  if (known !== undefined) return known;
  const folded = invisible.test(character)
    ? ''
    : letterOfSign(character)
        .normalize('NFKD')
        .replace(/[[\p{Mn}\p{Me}]&&\p{Script=Inherited}]/gv, '')
        .replace(/[‘’ʼ＇`´]/g, "'")
        .replace(/[“”„«»]/g, '"')
        .replace(/[·•∙⋅‧]/g, '.')
        .toLowerCase();
  if (folds.size < maximumFolds) folds.set(character, folded);
  return folded;
}

/** A word with its look-alikes turned into the Latin letters they look like. */
export function latinised(word: string): string {
  let latin = '';
  for (const character of word) latin += lookalikes[character] ?? character;
  return latin;
}

/** What a word with digits and signs for letters may stand for: `1` as i, and as l. */
export function unleeted(word: string): [string, string] {
  let asI = '';
  let asL = '';
  for (const character of word) {
    const letter = leet[character] ?? character;
    asI += letter;
    asL += '1!|'.includes(character) ? 'l' : letter;
  }
  return [asI, asL];
}
