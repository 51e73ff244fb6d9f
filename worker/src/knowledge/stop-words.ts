/**
 * Words that say nothing of what is asked: articles, pronouns, and what people say around a question. Negations are
 * not among them.
 */
const words: Readonly<Record<string, string>> = {
  en: `a about actually again all also am an and any anybody anyone anything are as ask at back be because been being but
by can cause come could did do does doing done don each else er erm ever every for from get gets give go goes going
gonna got had happen happens has have having he hello her here hey hi him his how i id if ill im in into is it its ive
just kind know let like little ll long look lot made make many may maybe me mean might mm more most much must my need
of oh ok okay on one or other our out over own please quite re really right s said same say see shall she should show so
some somebody someone something sort still such sure t take tell than thank thanks that the their them then there these
they thing things think this those through time to told too uh um up us use used uses using ve very want wanna was way we
well were what whats when where whether which while who whom whose why will with wonder wondering would yeah yes you
your yours`,
  de: `aber äh ähm als also am an ander auch auf aus bei bin bis bitte da dann das dass dein dem den denn der des dich die
dies diese dieser dir doch dort du ein eine einem einen einer eines er es etwas euch euer für gern gibt habe haben hat
hätte hi hier hm ich ihm ihn ihnen ihr im in ist ja kann kannst können könnte könnten machen mal man mehr mein mich mir
mit muss nach noch nun nur ob oder sagen schon sehr sein seine sich sie sind so soll sollte um und uns unser vom von vor
wann war was weil welche welcher welches wenn wer werden wie will wir wird wissen wo worüber würde zu zum zur`,
  fr: `ai alors as au aussi aux avec avez avoir c ça car ce cela ces cet cette comme comment d dans de des dire donc du elle
elles en es est et être eu euh faire fait il ils j je l la le les leur lui m ma mais me merci mes moi mon n nos notre
nous on ou où par peut peux plus pour pouvez pourquoi pouvoir qu quand que quel quelle quels qui quoi s sa se ses si son
sont suis sur ta te tes toi ton tu un une va voudrais votre vous vos y`,
  es: `a al algo como cómo con cual cuál cuando cuándo cuánto de decir del donde dónde e el ella ellos en era eres es esa ese
eso esta está están estas este esto estos favor gracias ha hace hacer hay he hola la las le les lo los más me mi mis mucho
muy o para pero por porque puede pueden puedo que qué quien quiero saber se ser si sí sobre son soy su sus también te
tener tengo ti tiene tu tú tus un una unas uno unos usted ustedes y ya yo`,
  it: `a ad al alla anche c che chi ci ciao come con cosa cui da dal dalla dei del della delle di dire dove e è ed egli fare
grazie ha hai hanno ho i il in io l la le lei lo loro lui ma me mi mia mio molto nei nel nella noi o per perché però
più posso può quale quali quando quanto quello questa questo qui sapere se si sì sia sono su sua sul suo ti tra tu tua
tuo un una uno vi voglio voi vorrei`,
  pt: `a ao aos as até com como da das de dela dele depois do dos e é ela ele eles em era essa esse esta está este eu fazer
foi há isso isto já lhe mais mas me meu minha muito na nas no nos nós o obrigado olá onde os ou para pela pelo pode
podem por porque posso quais qual quando quanto que quem quero se ser será seu sim sobre são só sua também te tem tenho
ter um uma você vocês`,
  nl: `aan al als alstublieft bij dan dat de den der deze die dit doen door dus een en er ge had hallo heb hebben heeft hem
het hier hij hoe hun ik in is ja je jij jou jullie kan kun kunnen maar me meer men met mij mijn moet na naar nog nu of
om ons onze ook op over te tot u uit uw van veel voor waar waarom wanneer want waren was wat we wel welke werd weten wie
wij wil willen worden wordt zal ze zeggen zei zich zij zijn zo zou`,
};

const none: ReadonlySet<string> = new Set();
const sets = new Map(Object.entries(words).map(([language, list]) => [language, new Set(list.split(/\s+/))]));

/** @param language BCP 47; a language without a list has no stop words */
export function stopWords(language: string): ReadonlySet<string> {
  return sets.get(primaryLanguage(language)) ?? none;
}

/** `pt-BR` → `pt` */
export function primaryLanguage(language: string): string {
  return language.split('-', 1)[0]!.toLowerCase();
}
