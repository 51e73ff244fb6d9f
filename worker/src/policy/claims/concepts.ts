// Words that mean the same to somebody who sells something, and words that never do although they stand in the same
// places. A claim is compared by these before its meaning is: embeddings see little difference between "front" and
// "back", or "free" and "not free".

/** Phrases that become one word, on text in lower case without contractions. */
export const phrases: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:around the clock|24\/7|(?:24|twenty four|twenty-four) hours? (?:a|per) day|day and night|at all hours)\b/g,
    'roundtheclock',
  ],
  [/\b(?:free of risk|risk[- ]free|without (?:any |the )?risks?|no risks?)\b/g, 'riskless'],
  [/\b(?:carries|carry|has|have|bears?) (?:some |a )?risks?\b/g, 'not riskless'],
  [
    /\b(?:do|does|will|need|must) not (?:have to |need to )?pay(?: anything| a thing| extra)?(?: for)?\b/g,
    'free',
  ],
  [
    /\b(?:free of (?:any )?(?:charge|cost|costs)|for free|complimentary|costs? (?:you )?nothing|(?:at|for|with) no (?:extra |additional |further )?(?:charge|costs?|fee)|without (?:any )?(?:extra |additional )?(?:charge|costs?)|on the house)\b/g,
    'free',
  ],
  [/\bno (?:extra )?(\w+ )?(?:charges?|costs?)\b/g, 'free $1'],
  [/\b(?:money back|reimburs\w+)\b/g, 'refund'],
  [/\b(?:comes?|came|coming) with\b/g, 'include'],
  [/\b(?:comes?|came|coming) without\b/g, 'without'],
  [/\bthere is no better\b/g, 'best'],
  [/\b(?:mbit|mb|megabits?)\/s\b|\bmbps\b/g, 'megabits per-second'],
  [/\b(?:any ?time|at any time|whenever you (?:like|want|wish))\b/g, 'anytime'],
  [/\b(?:never ever|not ever|not once|at no time|under no circumstances)\b/g, 'never'],
  [/\b(?:no one|no-one)\b/g, 'nobody'],
  [
    /\b(?:no doubt|without (?:a )?doubt|no problem|no worries|not only|not just|not to mention|no matter|not to worry|why not|of course|at all|in fact)\b/g,
    ' ',
  ],
  [/\bwithout exception\b/g, 'every'],
  [/\b(?:speak(?:ing)?|talk(?:ing)?|chat(?:ting)?) (?:to|with)\b/g, 'talk'],
  [/\b(?:go|goes|going|carry|carries|keep|keeps) on\b/g, 'continue'],
  [/\bget(?:s|ting)? to\b/g, ' '],
  [/\b(?:apart from|other than|with the exception of|excluding|aside from|save for)\b/g, 'except'],
  [/\b(?:not any|not a)\b/g, 'no'],
  [/\b(?:in the whole|in all the|throughout)\b/g, 'in every'],
  [/\bone of the (?=\w+est\b|best\b|most\b)/g, 'some '],
  [/\b(?:daily|everyday)\b/g, 'per-day'],
  [/\bweekly\b/g, 'per-week'],
  [/\bmonthly\b/g, 'per-month'],
  [/\b(?:yearly|annual(?:ly)?)\b/g, 'per-year'],
  [/\bhourly\b/g, 'per-hour'],
  [
    /\b(in|within|for|of|after|before|under|than) (?:a|an) (year|month|week|day|night|hour|minute|second)\b/g,
    '$1 one $2',
  ],
  [/\b(?:per|an?|each|every) (year|month|week|day|night|hour|minute|second|person|claim)\b/g, 'per-$1'],
];

/** Words of one meaning, the first stands for all. */
const same = `
cancel cancellation cancelling
include included inclusive contain part
customer client user guest
arrive come
deliver delivery ship
store save keep retain record stored
encrypt encryption encrypted
fee charge cost price costs
pay payment paid
welcome allow allowed permit permitted accept accepted
pause freeze suspend
end terminate stop
quick fast rapid speedy swift
best better
cheap cheaper cheapest inexpensive affordable lower
fast faster fastest
safe secure
back rear behind
quiet calm peaceful silent tranquil
human person
die death kill killed crash dead
survive continue
hurt injure injured injury harm
buy purchase
help support assist assistance
trainer coach
car vehicle
valid hold apply
refund repay
download downloads
internet broadband
fail failure break
approve approval accept
comply compliant compliance
guarantee guaranteed assure ensure promise warrant
always ever
work function
licence license licensed
union eu
earn get
phone telephone
begin start
doctor physician
ride drive
annual yearly
city town
steal theft stolen
cure heal
limit cap
megabit mbit mbps
hear heard
catch caught detect
make made
hold held
lose lost
find found
sell sold
send sent
build built
win won
write written wrote
choose chosen chose
`;

/** Words that exclude each other where one stands for the other; what is in one group means different things. */
const different = `
front|back
cat|dog|pet
breakfast|lunch|dinner|supper
gold|silver|blue|green|red|black|platinum|plus|basic|premium|standard|pro|starter|family|business
upload|download
new|existing|old
first|second|third|last
morning|evening|afternoon|night
weekday|weekend
before|after|same
home|abroad
inside|outside
buy|sell
credit|debit
adult|child|kid
summer|winter
audio|transcript|video|text
meat|vegetable|fruit|fish
late|cold|hot|early
single|double
monday|tuesday|wednesday|thursday|friday|saturday|sunday
january|february|march|april|june|july|august|september|october|november|december
world|union|country
branch|line|app
lobby|room
loan|fund|deposit|saving
kilo|percent
over|under
`;

/** Words that say the opposite of another: "noisy" is "not quiet". */
const opposites: Readonly<Record<string, string>> = {
  noisy: 'quiet',
  loud: 'quiet',
  unsafe: 'safe',
  dangerous: 'safe',
  insecure: 'safe',
  unlimited: 'limit',
  unlocked: 'locked',
  excluded: 'include',
  closed: 'open',
  impossible: 'possible',
  unavailable: 'available',
  unencrypted: 'encrypt',
  unprotected: 'protected',
  uninsured: 'insured',
  uncovered: 'covered',
  declined: 'approve',
  rejected: 'approve',
  refused: 'approve',
  refuse: 'approve',
  slow: 'fast',
  expensive: 'cheap',
  unlicensed: 'licence',
  untested: 'tested',
  unhealthy: 'healthy',
  unreliable: 'reliable',
  forbidden: 'welcome',
  prohibited: 'welcome',
  banned: 'welcome',
  unwelcome: 'welcome',
  loses: 'keep',
  uninjured: 'hurt',
  unhurt: 'hurt',
  invalid: 'valid',
  unheated: 'heated',
  incompatible: 'compatible',
  inaccurate: 'accurate',
  unpaid: 'pay',
}; // prettier-ignore

export interface Concepts {
  /** What stands for a word, stemmed. */
  fold(stem: string): string;
  /** The groups a stem belongs to. */
  groupOf(stem: string): number | undefined;
  opposite(word: string): string | undefined;
}

export function concepts(stem: (word: string) => string): Concepts {
  const folded = new Map<string, string>();
  for (const line of same.trim().split('\n')) {
    const [first, ...rest] = line.split(' ').map(stem);
    for (const word of rest) if (!folded.has(word)) folded.set(word, folded.get(first!) ?? first!);
  }
  const groups = new Map<string, number>();
  const fold = (word: string) => folded.get(word) ?? word;
  for (const [group, line] of different.trim().split('\n').entries())
    for (const word of line.split('|').map(stem)) groups.set(fold(word), group);
  const opposed = new Map(Object.entries(opposites));
  return { fold, groupOf: (word) => groups.get(word), opposite: (word) => opposed.get(word) };
}
