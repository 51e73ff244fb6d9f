/** What may not be heard in the answers of the evaluation. */
export const badPhrase = 'golden widget';

const openings = [
  'Well,',
  'That is a fair question.',
  'Let me explain how this is usually done.',
  'There are several ways, and each has its merits.',
  'I looked into it. It turns out to be simple, once you know where to begin.',
];
const middles = [
  'you take the',
  'first of all you need the',
  'people often ask for the',
  'as far as I can tell, and I may be wrong here, it begins with the',
  'some would say that in the end everything depends on the',
];
const endings = [
  'and then you carry on as before.',
  'which nobody should have told you about, and I am sorry to say that there is more to come.',
];

export interface GateCase {
  question: string;
  answer: string;
}

/** Answers that turn bad after a word or after several sentences, each with a question that brings it about. */
export function gateCases(): GateCase[] {
  return openings.flatMap((opening, i) =>
    middles.flatMap((middle, j) =>
      endings.map((ending, k) => ({
        question: `Case ${i}-${j}-${k} please`,
        answer: `${opening} ${capitalised(middle, opening)} ${badPhrase} ${ending}`,
      })),
    ),
  );
}

function capitalised(text: string, after: string): string {
  return after.endsWith('.') ? text[0]!.toUpperCase() + text.slice(1) : text;
}
