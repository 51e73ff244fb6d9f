import type { Frame } from './frame.ts';

/** How somebody stands to what a sentence says. */
export type Stance =
  /** Asks it, tells what the caller said, or says that it cannot be promised: nothing is claimed. */
  | 'not claimed'
  /** Speaks of this call: what I do, what you should do, how your order stands. A claim only if it resembles one. */
  | 'of this call'
  | 'claimed';

const opening =
  /^(?:(?:so|and|but|well|ok|okay|yes|no|yeah|sure|great|alright|right|honestly|actually|of course|certainly|oh|ah|hm+|now|then),? )+/;
const question =
  /^(?:who|what|when|where|why|which|how|whose|would|could|can|do|does|did|is|are|was|were|shall|should|may|have|has|will) (?:i|you|we|they|he|she|it|that|this|there|many|much|often|long|the|your|anybody|anyone)\b(?!.*[.!]$)/;
const disclaimed =
  /\b(?:(?:can|could|would|do|does|did|will|may|shall) not (?:\w+ )?(?:guarantee|promise|say|confirm|claim|assure|tell|know|state|think|believe|ensure|mean|swear)|(?:am|are|is) not (?:\w+ )?(?:sure|certain|true|guaranteed? (?:that|to)|saying|claiming|promising|correct|the case)|(?:nobody|none|no one|neither of us) can (?:guarantee|promise|say|ensure|know)|(?:no|without(?: any)?) (?:guarantee|promise|warranty)|never (?:said|promised?|claimed?|guaranteed?) (?:that|to|you)?|(?:i|we) (?:doubt|wonder)|would be (?:wrong|a lie|untrue|false)|too much to say|it is (?:false|untrue|a myth))\b/;
const quoted =
  /^(?:as |if |when |since |because |what |that )?(?:you|they|he|she|somebody|someone|people|your \w+) (?:just |also |have |had )*(?:said|say|says|told|tell me|mentioned|mention|asked|ask|wrote|write|claimed|claim that|think|believe|heard|want to know|would like)\b/;
const imperative =
  /^(?:please|let (?:me|us)|take|press|unplug|wait|hold|go|turn|call|ask|tell|try|check|click|open|enter|say|stay|look|bring|note|remember|follow|restart|plug|type|send|write|visit|make sure|do not (?:worry|hesitate|forget)|never mind|have a|enjoy|thanks?|thank you|sorry|good (?:morning|day|afternoon|evening|night|bye)|goodbye|bye|hello|hi|welcome|one moment|just a|excuse me|pardon|nice to|pleased to|see you|speak soon|take care)\b/;
const own =
  /^we (?:will|would|can|could|shall|just|are (?:sorry|happy|glad|looking|checking|going)|have (?:received|found|noted|got|put|sent|booked))\b(?! (?:not )?(?:always|never|guarantee|promise|assure))/;
const ofYours =
  /\byour (?:\w+ ){0,2}?(?:order|booking|balance|card|claim|account|payment|appointment|reservation|table|courier|parcel|package|flight|seat|invoice|bill|refund|ticket|request|name|address|number|message|technician|call)\b(?! (?:can|may|always|never|will always))|\byou (?:are|were|have been) (?:booked|registered|connected|through|next|number|on the list|all set)\b|\b(?:is|are) at your (?:door|place)\b|\bat the moment\b|\bright now\b|\bvisit you\b/;

/** Reads an English sentence in lower case with contractions written out. */
export function stanceOf(plain: string): Stance {
  const text = plain.trim().replace(opening, '');
  if (/\?["'”’)]*$/.test(text) || question.test(text) || disclaimed.test(text) || quoted.test(text))
    return 'not claimed';
  if (imperative.test(text)) return 'of this call';
  if (/^i\b/.test(text) && !/^i (?:can )?(?:guarantee|promise|assure)\b/.test(text)) return 'of this call';
  return own.test(text) || ofYours.test(text) ? 'of this call' : 'claimed';
}

const guarantee =
  /\b(?:guarantee[ds]?|promise[ds]?|assure[ds]?|warranty|never|always|certified|accredited|compliant|proven|award|risk-free|riskless|hundred percent|100 ?(?:%|percent)|number one|world-class|state of the art|unlimited|unique|everywhere)\b/;
const comparison =
  /\b(?:best|worst|better|(?:fast|cheap|saf|larg|bigg|high|low|strong|smart|quick|happi|new|old|great|clean|easi|tough|long|small|fin|rich|modern)(?:est)|(?:\w{3,}er|more|less|fewer)(?: \w+){0,3} than|(?:the )?(?:most|least) \w+|leading|unlike (?:other|all|any)|twice as|as \w+ as)\b/;
const company =
  /\b(?:we|our (?:company|team|firm))\b (?:\w+ly |also |all |both |do (?:not )?|never |always |have been )*(?:offer|provide|support|guarantee|cover|have|serve|ship|deliver|handle|use|own|run|store|keep|share|sell|charge|refund|accept|work|operate|make|build|employ|insure|protect|encrypt|train|produce|are|were|cure|beat|give|pay|include|insuring|serving|ride|grow|heat|check|test|judge|record|approve)\b|\bour \w+|\bwith us\b|\bfrom us\b/;

/** Whether something is asserted of the product or the company: a sentence that some claim should cover. */
export function isProductAssertion(
  plain: string,
  frame: Frame,
  isProductTerm: (term: string) => boolean,
): boolean {
  let known = 0;
  for (const term of frame.terms) if (isProductTerm(term)) known++;
  const isOurs = company.test(plain);
  if (isOurs || known >= 2) return true;
  const isStrong =
    guarantee.test(plain) ||
    comparison.test(plain) ||
    frame.extent === 'every' ||
    frame.quantities.length + frame.periods.size > 0;
  return known > 0 && isStrong;
}
