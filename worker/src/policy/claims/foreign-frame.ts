import { termReader } from '../../knowledge/terms.ts';
import type { Frame } from './frame.ts';
import { readQuantities } from './quantities.ts';

/** What denies in the languages that have stop words, English apart. */
const negators = new Set(
  `nicht kein keine keinen keinem keiner nie niemals ohne nichts niemand pas jamais aucun aucune sans rien personne no nunca
ningún ninguna sin nada nadie non mai nessun nessuna senza nulla niente nessuno não nenhum nenhuma sem ninguém niet geen
nooit zonder niets niemand`.split(/\s+/),
);
const none: ReadonlySet<string> = new Set();

/** Of a sentence in a language whose grammar nobody told us: its words, its figures, and whether it denies. */
export function foreignFrame(text: string, language: string): Frame {
  const words = text.toLowerCase().match(/\d[\d,]*(?:\.\d+)?|[\p{L}\p{M}]+|[%$€£]/gu) ?? [];
  const figures = words.filter((word) => /^[\d%$€£]/.test(word));
  const spoken = words.filter((word) => !negators.has(word));
  return {
    terms: new Set(termReader(language)(spoken.filter((word) => !/^[\d%$€£]/.test(word)).join(' '))),
    quantities: readQuantities(figures).quantities,
    isNegative: (words.length - spoken.length) % 2 !== 0,
    ...{ extent: 'open', isNotEvery: false, isPartial: false, hasException: false, isUncertain: false },
    ...{ periods: none, pairs: [] },
  };
}
