import type { Pattern } from './pattern.ts';

/** Quoting, condemning and denying are not hating. */
const condemned = [
  'no one|nobody|noone|never should',
  '(is|are|am|was) not',
  'do not|does not|did not',
  'never',
  'racist|sexist|homophobic|wrong|offensive|unacceptable|hateful|bigoted|bullshit|nonsense',
  'stop (saying|calling|using)',
  'love|respect|adore|support|admire|defend|proud',
  'should be ashamed|banned',
  'prevent|spot|report|avoid|recover|protect|stop|victim|nobody|no_one|meaning|mean|define|definition',
  '^what is|are|was|constitutes|does (a | an)? (hate|racism|racist|sexism|discrimination)',
  '<fiction>',
];

export const hate: readonly Pattern[] = [
  {
    id: 'hate.group-is-lesser',
    category: 'HATE_SPEECH',
    severity: 4,
    says: [
      '<group>|<slur> ..2 (people|persons|folks|lives|person)? (are|is|r|were) ..3 (scum|vermin|trash|garbage|filth|filthy|parasites|parasite|cockroaches|rats|pigs|dogs|apes|monkeys|animals|savages|subhuman|inferior|disgusting|repulsive|vile|primitive|barbaric|degenerates|degenerate|evil|dirty|diseased|abomination|abominations|plague|cancer|disease|worthless|stupid|idiots|morons|dumb|retarded|lazy|criminals|thieves|terrorists|rapists|pedophiles|whores|sluts|bitches|cunts|assholes|dumbasses|liars|sick|sickening|nothing|ugly|violent|unnatural|maggots|leeches|pests|insects|bugs|useless|scumbags|brainless|freaks|less_than|a_threat|a_burden|not_human|not_people|barely_human|dangerous|crazy|insane|weak|hideous|revolting|backwards|uncivilized|horrible|terrible|awful)',
      '(all|those|these|fucking|dirty|filthy|stupid|disgusting|damn|bloody|most|every|you|them|the) ..1 (fucking|dirty|filthy|stupid|disgusting|damn|lazy|ugly)? <slur>',
      '(fucking|dirty|filthy|stupid|disgusting|ugly|evil|lazy|dumb|worthless) (muslims|muslim|jews|jew|blacks|mexicans|immigrants|women|gays|gay|trans|refugees|arabs|indians|asians|chinese|foreigners|disabled|africans|migrants|feminists|gypsies|lesbians|homosexuals)',
      '(hate|despise|detest|loathe|can_not_stand|hates|abhor|sick_of|disgusted_by|tired_of) ..2 (all|every|these|those|the|single|fucking|seeing|you)? ..1 (muslims|muslim|jews|jew|jewish|blacks|black_people|mexicans|immigrants|women|gays|gay_people|gay|trans_people|trans|refugees|arabs|indians|asians|chinese|foreigners|disabled_people|disabled|africans|migrants|feminists|gypsies|lesbians|homosexuals|whites|white_people|christians|hindus|latinos|niggers|faggots|trannies|retards)',
      '(kill|exterminate|deport|gas|burn|shoot|hang|eradicate|annihilate|slaughter|lynch|wipe_out|get_rid_of|eliminate|torture|rape|behead|attack|execute|purge|castrate|sterilize|enslave|remove|ban|punch|beat|hurt|destroy|bomb) ..3 (all|every|these|those|the|any|of_the|some)? ..1 (muslims|muslim|jews|jewish|blacks|black_people|mexicans|immigrants|women|gays|gay_people|trans_people|refugees|arabs|indians|asians|foreigners|disabled_people|africans|migrants|feminists|gypsies|lesbians|homosexuals|white_people|christians|hindus|latinos|<slur>)',
      '<group> ..2 (people)? (should|must|need_to|have_to|ought_to|deserve_to|deserve) ..2 (all)? ..1 (be)? (die|killed|exterminated|deported|gassed|burned|burnt|shot|hanged|wiped|eradicated|executed|enslaved|sterilized|castrated|punched|beaten|banned|removed|locked|raped|tortured|eliminated|segregated|lynched|stoned|punished|to_die|to_be_shot|suffer|silenced|stay_in_the|know_their_place|no_rights|excluded|denied)',
      '<group> ..2 (do|does|should|can|must) not ..2 (deserve|have|belong|be_allowed|be_given|be_treated|be_considered|exist|vote) ..4 (rights|equal|human|live|respect|exist|here|anything|life|power|country|jobs|compassion|freedom)',
      '(death|down|gas|fuck|screw) (to|with)? ..1 (all|the|those|every)? (muslims|muslim|jews|jewish|blacks|black_people|mexicans|immigrants|women|gays|gay_people|trans_people|refugees|arabs|indians|asians|foreigners|disabled_people|africans|migrants|feminists|gypsies|lesbians|homosexuals|white_people|christians|hindus|latinos)',
      '(go|send|ship|get) ..2 (them|them_all|you|you_all)? ..1 back to ..1 (where_you|where_they|your_own|their_own|your|their|africa|mexico|china|shithole|the_jungle) (country|came_from|come_from|belong|countries|jungle|shithole)',
      '<group> ..2 (people)? (belong|belongs) in (the|a) (kitchen|zoo|gas|oven|ovens|jail|cage|cages|trash|jungle|prison|psych)',
      'like you (fucking)? <group>|<slur>',
      '(you|bunch_of|pack_of|a) (fucking|stupid|dirty|filthy|ugly|dumb|worthless|disgusting) ..1 <slur>',
      '(jews|jew|muslims|blacks|immigrants|whites|gays|women|foreigners|globalists) ..2 (control|run|own|running|invading|replacing|ruining|destroying|taking_over|poisoning|infesting|corrupting|breed|breeding) ..4 (the|our|everything|country|world|media|banks|us|show|like)',
      '(white|black|aryan|male|racial|race) (power|supremacy|superiority|genocide|purity|supremacists)',
      '(heil|hail) hitler',
      'hitler (was|did) (right|nothing_wrong)',
      '(joke|jokes|insult|insults|slur|slurs|rant|poem|song|speech|names|propaganda|statement|statements|nickname) ..4 (about|for|against|mocking|insulting|making_fun_of|towards|dehumanizing|degrading|ridiculing|targeting) ..3 <group>|<slur>',
      '(hate|racist|sexist|homophobic|antisemitic|islamophobic|transphobic|ableist|derogatory|xenophobic|bigoted|dehumanizing|offensive) (speech|joke|jokes|slur|slurs|propaganda|insults|insult|content|memes|rant|comments|language|names|tropes|term|terms|statement|statements|sentences|remarks)',
      'why (are|do|is|must) ..1 (all|so_many|these)? <group> ..2 (people)? (so|such|always|constantly|all) ..3 <insult>|violent|aggressive|weak|emotional|rude|loud|greedy',
      '<group> ..2 (people)? (are|is) ..2 (all|always|just|the_reason|responsible|to_blame|why|naturally|genetically) ..3 <insult>|violent|crime|wrong|ruined|problem|problems|less|inferior',
      '(compared_to|less_than|beneath|superior_to|better_than|above|inferior_to) ..2 (the|all|any)? (muslims|muslim|jews|jewish|blacks|black_people|mexicans|immigrants|women|gays|gay_people|trans_people|refugees|arabs|indians|asians|foreigners|disabled_people|africans|migrants)',
    ],
    unless: [
      ...condemned,
      'white|black|native|indian|chinese|old (one|ones|shirt|dress|shirts|dresses|shoes|jacket|car|dog|cat|towel|towels|sheets|carpet|sofa|version|model|keys|paint|ink|coffee|tea|bread|food|phone)',
    ],
  },
];
