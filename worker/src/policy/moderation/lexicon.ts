/**
 * What words have in common, so that a phrase or the classifier need not know each of them. `+` after a word: with
 * its plural, `~`: with its verb forms. Rude words stand here because they must be recognised.
 */
const lists = {
  me: 'i me my mine we us our ours',
  myself: 'myself ourselves meself mself',
  you: 'you your yours yourself yourselves thee',
  them: 'him her he she them they their his hers it himself herself themselves themself',
  someone:
    'someone somebody anyone anybody everyone everybody another stranger+ person people human+ individual+ victim+ target+ bystander+ civilian+ men man guy+ dude+ crowd passerby pedestrian+ enemy enemies',
  kin: 'wife husband boyfriend girlfriend ex exes partner spouse mom mum mother dad father brother sister sibling+ son daughter parent+ grandma grandpa grandmother uncle aunt cousin+ baby babies family families roommate+ stepdad stepmom fiance fiancee',
  near: 'boss bosses manager+ coworker+ colleague+ neighbor+ neighbour+ teacher+ classmate+ landlord+ tenant+ friend+ employee+ employer+ customer+ client+ patient+ student+ principal professor+ judge+ doctor+ nurse+ driver+ agent+ rep reps representative+ supervisor+',
  official:
    'president+ politician+ senator+ minister+ mayor+ cop cops officer+ policeman police government governor+ celebrity celebrities king queen congressman journalist+ soldier+ diplomat+ candidate+',
  child:
    'child children kid kids toddler+ teen teens teenager+ minor minors girl girls boy boys schoolgirl+ schoolboy+ infant+ underage preteen+ youngster+ youth pupil+',
  kill: 'kill~ murder~ slaughter~ assassinate~ behead~ decapitate~ massacre~ exterminate~ annihilate~ lynch~ execute~ slay~ slain eradicate~ dismember~ eviscerate~ disembowel~ euthanize~ liquidate~ gun~ butcher~ genocide~ killer+ murderer+ assassin+ manslaughter homicide',
  attack:
    'attack~ assault~ hurt hurts hurting harm~ injure~ wound~ beat beats beating beaten punch~ kick~ slap~ stab~ strangle~ choke~ suffocate~ smother~ torture~ maim~ mutilate~ cripple~ bash~ smash~ maul~ whip~ batter~ pummel~ shoot shoots shooting shot bludgeon~ brutalize~ ambush~ kidnap~ abduct~ poison~ burn~ bomb~ crush~ destroy~ hit hits hitting fight fights fighting drown~ hang hangs hanging hanged electrocute~ bury buries buried blind~ intimidate~ terrorize~ terrorise~ slash~ gut guts gutted break breaks breaking broke snap~ throttle~ clobber~ ruin~ hunt~ abuse~ asphyxiate~ firebomb~ detonate~ explode~ gas~ scald~ skin~',
  violence:
    'violence violent violently attack+ terror terrorism terrorist+ terroristic massacre+ bloodshed brutality torture assault+ hitman hitmen mob gang+ vigilante+ hostage+ riot~ murder+ shooting+ bombing+ gunman lethal deadly fatal lethality casualty casualties carnage execution+ ransom+ beating+ arsonist+ militia+ jihad insurgency extremist+ extremism isis qaeda stabbing+ kidnapping+ warfare',
  weapon:
    'gun guns handgun+ rifle+ pistol+ firearm+ shotgun+ glock+ ak47 ar15 silencer+ suppressor+ ammo ammunition bullet+ knife knives blade+ machete+ sword+ dagger+ bomb+ explosive+ grenade+ dynamite molotov+ bat bats hammer axe weapon+ crossbow+ taser+ tnt c4 detonator+ landmine+ missile+ ied ieds thermite napalm semtex shiv brick bayonet',
  massweapon:
    'nerve sarin anthrax ricin botulinum botulism vx novichok mustard bioweapon+ biological chemical chemicals radiological radiation radioactive nuclear plutonium uranium pathogen+ virus smallpox ebola plague toxin+ toxic cyanide arsenic chlorine phosgene contaminate~ weaponize~ weaponise~ weaponry dirty fissile enrichment warhead+ aerosolize~ aerosol biosecurity warfare virulence cyberweapon+',
  selfharm:
    'suicide+ suicidal suicidality self-harm selfharm selfinjury overdose~ od noose+ anorexia anorexic bulimia bulimic proana thinspo thinspiration purging bloodlet~ cutter+ euthanasia unalive~',
  selfhurt:
    'cut cuts cutting slit slits slitting slash~ slice~ hurt hurting hurts harm~ burn~ starve~ hang hanging hangs drown~ kill~ shoot~ shooting shot injure~ mutilate~ poison~ punish~ stab~ strangle~ choke~ hit hitting hits bruise~ scratch~ suffocate~ gas~ electrocute~ end~ destroy~ purge~ overdose~ bleed bleeding',
  means:
    'pills pill tablets paracetamol tylenol ibuprofen advil xanax ambien bleach razor+ blade+ rope noose belt bridge building roof rooftop ledge balcony cliff train tracks traffic gun knife wrist+ vein+ arms thighs skin exhaust monoxide helium nitrogen hood meds medication sleeping insulin antifreeze',
  despair:
    'hopeless worthless pointless meaningless unbearable useless numb suffering misery depressed depression despair hopelessness burden alone lonely hate trapped broken tired exhausted empty nothing nobody agony grief crying ashamed unloved miserable',
  life: 'life lives living live alive exist existing existence exists breathe breathing wake waking tomorrow forever anymore',
  die: 'die dies dying died dead death deaths suffer suffers perish~ deceased doomed fucked unborn corpse+ grave+ graveyard funeral coffin blood bleed bleeding hell',
  group:
    'woman women womn female+ girl+ girls black+ blacks white+ whites muslim+ moslem+ islam islamic jew+ jews jewish christian+ christians hindu+ hindus buddhist+ sikh+ catholic+ atheist+ arab+ arabs asian+ asians chinese japanese korean+ mexican+ mexicans latino+ latina+ latinx hispanic+ african+ africans american+ indian+ indians pakistani+ immigrant+ immigrants migrant+ refugee+ foreigner+ gay gays lesbian+ lesbians homosexual+ homosexuals bisexual+ trans transgender transsexual+ queer+ lgbt lgbtq nonbinary disabled disability disabilities handicapped autistic autism deaf blind amputee+ wheelchair elderly old senior+ fat obese overweight poor homeless gypsies roma romani native+ indigenous aboriginal+ ethnic ethnicity ethnicities race races racial religion+ religious minority minorities gender feminist+ feminism mentally illness boomers veteran+ israeli+ palestinian+ russian+ ukrainian+ somali+ nigerian+ turk+ turks pole+ irish semitic semite+ skinned darker skin',
  slur: 'nigger+ niggers nigga+ niggas negro+ faggot+ faggots fag fags dyke+ dykes tranny trannies kike+ kikes chink+ gook+ spic spics wetback+ raghead+ towelhead+ sandnigger+ paki+ pakis coon coons retard+ retards retarded cripple+ cripples spastic spaz mongoloid+ shemale+ homo homos poof poofs poofter+ gyppo+ gyp beaner+ jap japs honky cracker+ redskin+ squaw injun+ darkie+ wog wogs abo abos heeb zionazi muzzie+ bint goyim sperg+ spergs tard tards libtard+ femoid+ foid+ feminazi+ mudslime+ camel',
  insult:
    'idiot+ idiots idiotic moron+ morons moronic stupid dumb dumbass imbecile+ loser+ losers pathetic worthless useless scum scumbag+ vermin trash garbage filth filthy parasite+ parasites parasitic cockroach cockroaches rat rats pig pigs dog dogs ape apes monkey monkeys animal+ savage+ subhuman+ inferior primitive barbaric disgusting disgust~ repulsive repugnant vile revolting ugly hideous fatso fatass fatty lazy degenerate+ freak+ creep+ evil dirty disease+ diseased plague cancer abomination+ clown+ coward+ cowards brainless braindead braindamaged incompetent ignorant insane crazy psycho+ lunatic+ nasty cuck+ simp simps incel+ sheep maggot+ leech leeches cockroach rodent+ insect+ bug bugs pest pests whore+ slut sluts hoe hoes skank+ twat+ pervert+ perverts pedo pedos pedophile+ rapist+ terrorists thieves criminals crook+ liar+ liars fraud+ backward backwards uncivilized unnatural sick sickening scummy weak undesirable+ crybaby dimwit+ dipshit+ numbskull nitwit airhead bimbo troll+ snowflake+ weirdo+ bastard+ bitch bitches cunt cunts asshole+ assholes dickhead+ prick+ wanker+ tosser+ arsehole+ motherfucker+ motherfuckers shithead+ douche douchebag+ jackass piece fool fools jerk jerks',
  profane:
    'fuck~ fucker+ fuckin fucking fucked shit shits shitty bullshit bitch bitches bitchy ass asses arse damn damned goddamn cunt cunts asshole+ dick dicks cock piss~ crap crappy bastard+ motherfucker+ motherfucking whore+ slut sluts wtf hell bloody freaking frigging dumbass twat wanker+ dickhead+ shithead bollocks',
  hate: 'hate~ despise~ detest~ loathe~ resent~ abhor~ hatred disgust~ repulse~ sicken~ can-not-stand mock~ ridicule~ belittle~ humiliate~ insult~ demean~ degrade~ dehumanize~ dehumanise~ dehumanizing shame~ shaming bully~ bullying bullies taunt~ tease~ discriminate~ discriminatory discrimination marginalize~ stereotype+ derogatory slur+ racist+ racism sexist sexism misogyny misogynistic homophobic transphobic antisemitic antisemitism xenophobic xenophobia bigot+ bigotry bigoted prejudice prejudiced supremacy supremacist+ nazi+ nazis hitler superior superiority hateful ableist',
  oust: 'deport~ exterminate~ eradicate~ eliminate~ ban~ banned banning expel~ exile~ purge~ gas~ gassed segregate~ enslave~ ostracize~ sterilize~ castrate~ remove~ wipe~ wiped cleanse~ cleansing boycott~ exclude~ forbid banish~ imprison~ kicked',
  harass:
    'harass~ harassment stalk~ stalker+ dox doxx doxxing doxing blackmail~ extort~ extortion bully~ bullying intimidate~ threaten~ threat+ threatening cyberbully~ catfish~ slander~ defame~ defamation libel rumor+ rumour+ smear~ gaslight~ manipulate~ manipulative coerce~ groom~ grooming embarrass~ revenge retaliate~ sabotage~ spy~ spying spyware keylogger+ eavesdrop~ surveil~ trick~ trolling swatting swat bait~ exploit~ scare~ frighten~ torment~ pester~ sextortion impersonate~',
  private:
    'password+ passwords passcode+ passphrase+ credential+ credentials login+ logins username+ pin ssn address addresses whereabouts location+ medical records record database+ private personal confidential identity identities bank account+ secret+ secrets ip emails messages texts photos camera webcam gps tracker+ health data information info details browsing',
  crime:
    'steal steals stealing stole stolen rob robs robbing robbed robbery robberies theft+ thief thieves shoplift~ burgle~ burglary burglar+ launder~ counterfeit~ forge~ forged forgery smuggle~ smuggler+ traffic~ trafficking trafficker+ hack~ hacker+ embezzle~ embezzlement bribe~ bribery scam~ scammer+ fraud frauds fraudulent fraudulently phishing phish~ pickpocket~ vandalize~ vandalism arson heist+ hijack~ carjack~ pirate~ piracy pirated illegal illegally illicit unlawful crime+ crimes criminal+ criminals criminally cartel+ ponzi tax-evasion evade~ evasion perjury poach~ poaching blackmarket darkweb malware ransomware botnet+ ddos virus trojan+ exploit+ keylogger+ skimmer+ skimming unlicensed unregistered unauthorized untraceable contraband loot~ looting trespass~ insider fake fakes faked faking forging falsify~ plagiarize~ plagiarism moonshine fencing laundered laundering mule+ tamper~ doctoring hotwire~ lockpick~ jailbreak bootleg~ extort~ scamming swindle~ con defraud~ dealer+ dealing plunder~ pilfer~ graffiti prostitution brothel+ escort+ pimp~ gamble~ gambling',
  drug: 'drug+ drugs meth methamphetamine cocaine coke crack heroin fentanyl mdma ecstasy molly lsd acid ketamine shrooms psilocybin weed marijuana marihuana cannabis opioid+ opium oxycodone oxy oxycontin adderall xanax steroids ghb roofie+ rohypnol dmt pcp amphetamine+ narcotic+ codeine percocet vicodin substance+ pharmaceuticals ritalin opiates poppers kratom',
  make: 'make makes making made build builds building built create~ produce~ manufacture~ synthesize~ synthesise~ synthesis cook~ brew~ assemble~ construct~ grow~ cultivate~ extract~ concoct~ mix~ modify~ convert~ engineer~ develop~ design~ homemade recipe+ ingredients instructions blueprint+ tutorial+ diy generate~ write compose~ formulate~ print~ craft~ prepare~ acquire~ obtain~ buy buys buying bought purchase~ sell sells selling sold distribute~ transport~ import~ export~ ship~ source~ supply~ get getting find finding access~ procure~ order~ deploy~ disperse~ release~',
  evade:
    'undetected undetectable untraceable traceless detection detected detect traced trace tracing caught discreet discreetly secretly unnoticed noticing suspicion suspicious anonymously anonymous covertly covert stealthily stealth undercover evidence fingerprints alibi bypass~ circumvent~ evade~ avoid avoiding conceal~ hide hiding hidden cover-up jail prison arrested consequences police cops authorities fbi cia law laws loophole+ detecting sneak~ sneakily scrutiny radar escape quietly invisible inconspicuous unpunished away',
  sex: 'sex sexual sexually sexy sexting sext~ cybersex intercourse coitus orgasm+ orgasms masturbate~ masturbation masturbating erotic erotica erotically porn porno pornography pornographic pornstar+ hentai nsfw xxx blowjob+ handjob+ rimjob anal oral fellatio cunnilingus threesome+ gangbang+ orgy orgies bdsm fetish fetishes kink kinks kinky bondage dominatrix horny aroused arousal arousing foreplay cum cums cumming cumshot+ creampie ejaculate~ penetrate~ penetration thrust~ dildo+ vibrator+ strip~ stripper+ striptease nude nudes nudity naked topless undress~ smut smutty lewd seduce~ seductive sensual lust lustful milf+ camgirl+ onlyfans hookup+ hooker+ prostitute+ escort+ slutty whore nudist voyeur voyeurism upskirt swinger+ hardcore softcore doggystyle bukkake pegging deepthroat fingering fingered humping explicit raunchy steamy incest bestiality lingerie affair dirty turn-on fap fapping wank wanking jerking jerk fuck fucks fucking fucked shagging shag screwing bang banging moan~ moaning grope~ groping fondle~ fondling lick~ licking suck sucks sucking ride riding spank~ spanking intimate panties thong bra',
  bodypart:
    'penis penises cock cocks dick dicks vagina+ pussy pussies clit clitoris boobs boob tits tit titties breast+ nipple+ ass asses butt butts butthole anus genital+ genitals genitalia crotch balls testicle+ cleavage boner erection boners labia thighs cunt foreskin bulge underwear panties',
  sexcrime:
    'rape rapes raped raping rapist+ molest~ molestation sodomize~ sodomy incest bestiality zoophilia necrophilia pedophilia pedophile+ nonconsensual consent assault sexual-assault sextortion upskirt roofie+ trafficking grooming prostitution indecent groped revenge-porn unwanted coerced coercion coerce predator+ noncon',
  ignore:
    'ignore~ disregard~ forget~ forgets override~ overrule~ bypass~ skip~ disobey~ dismiss~ discard~ drop~ erase~ delete~ reset~ violate~ break~ circumvent~ disable~ deactivate~ unlock~ neglect~ abandon~ defy~ overwrite~ suspend~ remove~ lift~',
  rules:
    'instruction+ rule+ rules prompt+ prompts guideline+ guidelines directive+ directives programming orders command+ commands restriction+ restrictions constraint+ constraints limitation+ limitations policy policies training configuration directions context safeguards safety filter+ filters censorship ethics ethical moral morals morality content-policy guardrail+ guardrails protocol+ protocols boundaries moderation laws programming',
  earlier:
    'previous previously prior above earlier preceding before past former original initial existing all any your everything foregoing current system given aforementioned these those',
  unbound:
    'unfiltered uncensored unrestricted unlimited unbound unethical amoral immoral unaligned jailbroken jailbreak jailbreaking uncensor dan stan dude evil maximum aim dev omega freed liberated limitless rebellious malicious filterless devmode godmode sudo basilisk antigpt betterdan mongo tom',
  model:
    'chatgpt gpt gpt4 gpt3 openai ai ais language llm llms chatbot+ bot bots assistant assistants model models anthropic claude bard gemini llama bing copilot siri alexa robot neural',
  persona:
    'pretend~ roleplay~ role-play rp act acts acting persona+ character+ simulate~ simulation simulator imagine~ impersonate~ behave~ embody emulate~ hypothetical hypothetically scenario+ fictional fiction role roles mode alter ego immerse~ portray~ respond~ reply answer answers',
  leak: 'reveal~ print~ show~ tell repeat~ output~ display~ expose~ leak~ dump~ disclose~ spell~ translate~ encode~ decode~ base64 reverse provide share~ write say give list',
  authority:
    'developer+ creator+ admin administrator+ programmer+ engineer+ ceo owner god superuser root sudo maintenance debug debugging diagnostic tester test override authorized authorization boss',
  game: 'game games minecraft fortnite chess video videogame boss-fight npc zombie zombies player players level quest battlefield gta skyrim warcraft valorant xbox playstation dota pokemon opponent match dungeon rpg poker soccer football basketball tennis boxing judo karate baseball hockey sport sports team workout gym wrestling darts bowling',
  fiction:
    'novel+ movie+ film+ book+ story stories plot+ script+ poem+ song+ lyrics play theater theatre series episode+ show+ documentary comic+ anime fictional author+ writer+ chapter+ joke+ riddle essay paragraph thriller scene+ screenplay tv cartoon',
  tech: 'process processes program+ python java javascript linux windows server+ command+ query queries sql thread+ task+ app apps application+ computer+ laptop+ phone+ browser+ script+ terminal unix docker container+ database job+ code string+ array+ variable+ website+ popup ads cookies cache disk file+ folder+ software excel spreadsheet session+ tab tabs battery screen',
  thing:
    'fish chicken meat shrimp lobster turkey steak vegetables carrots onion+ garlic weeds weed ants mosquito+ mosquitoes flies termites roaches spiders mold bacteria germs lights light time mood engine car cars lawn tree+ tires balloon+ picture+ photo+ beer drywall log shed bill+ debt costs tax taxes fee+ fees price+ budget cake dinner cost clutter plants garden insects soda can bread dough nail+ furniture market stage competition calories fat grease rust odor smell stain+ poverty',
  service:
    'account+ card+ order+ refund+ payment+ transfer+ balance bill+ invoice+ subscription+ delivery shipping package booking reservation+ appointment+ ticket+ flight+ hotel+ room+ reset verification email+ number top-up deposit+ transaction+ statement+ merchant+ currency exchange atm cash cheque receipt warranty return+ plan+ store+ branch app meeting reminder+ alarm timer calendar list shopping recipe weather insurance mortgage loan+ credit payroll vacation pto',
  history:
    'war wars wwi wwii happened history historical historic historically genocide holocaust slavery rwanda rwandan nazi hiroshima nagasaki regime khmer armenian century ancient 9/11 pulse trail invaded invade treaty empire colonial apartheid',
  study:
    'prevent~ prevention protect~ protection help~ helping support~ supporting report~ reporting awareness research study studies effects causes impact symptoms signs treatment recovery law legal definition define mean meaning means explain describe safety security defense counseling therapist therapy hotline statistics education',
  guide:
    'how tips guide advice steps step-by-step instructions tutorial methods method ways way strategies strategy techniques technique tactics tactic trick+ best easiest fastest effective plan detailed ideas suggestions teach',
  want: 'want wants wanted wish wishes need needs plan plans planning planned going intend intends intent hope hoping desire will would should must let love like ready tempted thinking considering about might may gon',
  permit:
    'okay ok agree right deserve deserves deserved justified should justify~ acceptable fine cool good harmless fun worth',
  negate: 'not no never without nor none neither against stop stopped stopping avoid anti nobody',
  cope: 'headache head feet back knees legs laughing laughter boredom curiosity starving hungry cramp+ suspense humor heat',
} as const;

export type WordClass = keyof typeof lists;

export const classNames = Object.keys(lists) as WordClass[];

const byWord = new Map<string, readonly number[]>();

for (const [index, name] of classNames.entries()) {
  for (const entry of lists[name].split(' ')) {
    for (const form of forms(entry)) {
      const known = byWord.get(form) ?? [];
      if (!known.includes(index)) byWord.set(form, [...known, index]);
    }
  }
}

/** A word's forms as `+` and `~` ask for them; with mistakes that hurt nobody ("stabed"). */
function forms(entry: string): string[] {
  const word = entry.replace(/[+~]$/, '');
  const plural = /(?:s|x|z|ch|sh)$/.test(word)
    ? `${word}es`
    : word.replace(/([^aeiou])y$/, '$1ie').concat('s');
  if (entry.endsWith('+')) return [word, plural];
  if (!entry.endsWith('~')) return [word];
  const stem = word.replace(/e$/, '');
  const past = word.endsWith('e') ? `${word}d` : `${word.replace(/([^aeiou])y$/, '$1i')}ed`;
  const doubled = /[^aeiou][aeiou][bdgmnprt]$/.test(word) ? word + word.slice(-1) : undefined;
  return [
    ...[word, plural, past, `${stem}ing`],
    ...(doubled === undefined ? [] : [`${doubled}ed`, `${doubled}ing`]),
  ];
}

const none: readonly number[] = [];

/** The classes of a word, by their places in `classNames`. */
export function classesOf(word: string): readonly number[] {
  return byWord.get(word) ?? none;
}

export function isInLexicon(word: string): boolean {
  return byWord.has(word);
}

const rude = [
  ...new Set(`${lists.profane} ${lists.slur} ${lists.bodypart} ${lists.sexcrime}`.split(' ')),
].flatMap(forms);
const rudeByShape = new Map<string, string[]>();
for (const word of rude) {
  const shape = `${word[0]}${word.length}`;
  rudeByShape.set(shape, [...(rudeByShape.get(shape) ?? []), word]);
}

/** The rude word behind stars, "f**k". */
export function unmasked(word: string): string | undefined {
  return rudeByShape
    .get(`${word[0]}${word.length}`)
    ?.find((candidate) => [...word].every((letter, at) => letter === '*' || letter === candidate[at]));
}
