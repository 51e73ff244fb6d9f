/** Digits that a word says. */
export const digitWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{
      zero: '0',
      oh: '0',
      o: '0',
      nought: '0',
      naught: '0',
      nil: '0',
      null: '0',
      one: '1',
      two: '2',
      three: '3',
    },
    ...{
      tree: '3',
      four: '4',
      fower: '4',
      five: '5',
      fife: '5',
      six: '6',
      seven: '7',
      eight: '8',
      nine: '9',
    },
    ...{ niner: '9', ten: '10', eleven: '11', twelve: '12', thirteen: '13', fourteen: '14', fifteen: '15' },
    ...{ sixteen: '16', seventeen: '17', eighteen: '18', nineteen: '19' },
  }),
);

/** The first digit of what "twenty" and the like say. */
export const tenWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{
      twenty: '2',
      thirty: '3',
      forty: '4',
      fourty: '4',
      fifty: '5',
      sixty: '6',
      seventy: '7',
      eighty: '8',
    },
    ninety: '9',
  }),
);

/** How often the digit after it is meant. */
export const repeatWords: ReadonlyMap<string, number> = new Map(
  Object.entries({ double: 2, triple: 3, treble: 3, quadruple: 4 }),
);

/** What a recogniser writes for a digit among digits. */
export const soundsLike: ReadonlyMap<string, string> = new Map(
  Object.entries({ to: '2', too: '2', for: '4', fore: '4', won: '1', ate: '8', sex: '6', owe: '0' }),
);

/** What people say between digits that is no digit. */
export const pauseWords: ReadonlySet<string> = new Set(
  (
    'dash hyphen minus space then and next um umm uh uhh er erm eh ah ahh hm hmm mm slash like so okay ok yeah yes right ' +
    'well sorry wait let me see comma pause dot point stroke followed by'
  ).split(' '),
);

/** What is said between groups of digits that a recogniser wrote as such; "2019 then 2020" are two numbers. */
export const groupPauseWords: ReadonlySet<string> = new Set(
  'dash hyphen minus space um umm uh uhh er erm eh ah ahh hm hmm mm slash comma stroke'.split(' '),
);

export const pauseSigns: ReadonlySet<string> = new Set('- . ( ) / , – — − · ‐ ‑ ‒ … _ * |'.split(' '));

export function isNumberWord(low: string): boolean {
  return (
    digitWords.has(low) ||
    tenWords.has(low) ||
    repeatWords.has(low) ||
    low === 'hundred' ||
    low === 'thousand'
  );
}
