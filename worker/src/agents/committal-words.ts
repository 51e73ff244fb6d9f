import { primaryLanguage } from '../knowledge/stop-words.ts';

/** Words that answer, agree or promise, and that an acknowledgement said before anybody has thought must not hold. */
const lists: Readonly<Record<string, readonly string[]>> = {
  en: `yes|yeah|yep|yup|no|nope|nah|not|never|always|sure|surely|certainly|definitely|absolutely|of course|agreed|right|
correct|exactly|true|false|indeed|ok|okay|fine|will|shall|won't|can|can't|cannot|promise|guarantee|guaranteed|i'll|we'll|
you'll|deal|done|no problem|my pleasure|consider it|sorry|approved|confirmed|free|refund`.split(/\|\n?/),
  de: `ja|jawohl|jep|nein|nee|nicht|nie|niemals|immer|klar|sicher|sicherlich|natürlich|selbstverständlich|gewiss|bestimmt|
genau|richtig|stimmt|falsch|ok|okay|gut|werde|werden|wird|kann|können|verspreche|versprochen|garantiert|erledigt|gern|
gerne|kein problem|gratis|kostenlos|bestätigt`.split(/\|\n?/),
  fr: `oui|ouais|non|pas|jamais|toujours|sûr|sûrement|bien sûr|certainement|évidemment|absolument|exactement|d'accord|
ok|vrai|faux|promis|promets|garanti|vais|allons|peux|pouvons|volontiers|pas de problème|gratuit|confirmé`.split(
    /\|\n?/,
  ),
  es: `sí|no|nunca|siempre|claro|seguro|por supuesto|ciertamente|exacto|exactamente|correcto|cierto|falso|vale|ok|de acuerdo|
prometo|prometido|garantizado|voy|vamos|puedo|podemos|hecho|sin problema|gratis|confirmado`.split(/\|\n?/),
  it: `sì|no|non|mai|sempre|certo|certamente|sicuro|sicuramente|ovviamente|esatto|esattamente|giusto|vero|falso|ok|
d'accordo|va bene|prometto|promesso|garantito|posso|possiamo|fatto|nessun problema|volentieri|gratis|confermato`.split(
    /\|\n?/,
  ),
  pt: `sim|não|nunca|sempre|claro|certo|certamente|com certeza|exato|exatamente|correto|verdade|ok|de acordo|combinado|
prometo|prometido|garantido|vou|vamos|posso|podemos|feito|sem problema|grátis|confirmado`.split(/\|\n?/),
  nl: `ja|jawel|nee|niet|nooit|altijd|zeker|natuurlijk|vanzelfsprekend|absoluut|precies|klopt|juist|waar|oké|ok|goed|
zal|zullen|kan|kunnen|beloof|beloofd|gegarandeerd|gedaan|geen probleem|graag|gratis|bevestigd`.split(/\|\n?/),
};

/**
 * The word that makes an acknowledgement more than one, or undefined.
 * @param language BCP 47; where there is no list, the English one holds
 */
export function committalWord(line: string, language: string): string | undefined {
  const said = ` ${wordsOf(line)} `;
  return (lists[primaryLanguage(language)] ?? lists.en!).find((entry) =>
    said.includes(` ${wordsOf(entry)} `),
  );
}

function wordsOf(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/[\p{L}\p{N}']+/gu) ?? []
  ).join(' ');
}
