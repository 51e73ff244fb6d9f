/** What callers saw between two moments; lists are ms. Everything in it can be added up over drivers. */
export interface Figures {
  /** Connections that ended without having been told to. */
  socketsDropped: number;
  /** … that were told to (`session.reconnect`). */
  socketsMoved: number;
  callsLost: number;
  /** Words callers have said in turns that were settled, how many never became text, and how many did so twice. */
  wordsSpoken: number;
  wordsUnheard: number;
  wordsHeardTwice: number;
  /** Words of numbered answers: what was to be heard, was not, and was heard twice. */
  answerWords: number;
  answerWordsUnheard: number;
  answerWordsTwice: number;
  turns: number;
  /** Turns whose answer did not come, or did not end. */
  turnsUnanswered: number;
  /** Messages of the server that never came: holes in `seq`, and what `session.resumed` calls lost. */
  messagesLost: number;
  /** Messages that came again: somebody else speaks to the caller too. */
  messagesTwice: number;
  /** `session.moved.gapMs` of every move. */
  gapsMs: number[];
  /** Silence in each answer that was cut. */
  silencesMs: number[];
  /** From the loss of a connection until `session.resumed`. */
  backsMs: number[];
  /** Error messages by their code, and ends of calls by their reason. */
  errors: Record<string, number>;
  /** What happened to whom, for whoever looks for the cause. */
  losses: string[];
  /** How late a caller's frame was at most, ms: a driver that is late is a microphone that stops. */
  latestMs: number;
  /** Callers who were not live, or had a turn unsettled, when the time was up. */
  unsettled: number;
}

export function noFigures(): Figures {
  return {
    socketsDropped: 0,
    socketsMoved: 0,
    callsLost: 0,
    wordsSpoken: 0,
    wordsUnheard: 0,
    wordsHeardTwice: 0,
    answerWords: 0,
    answerWordsUnheard: 0,
    answerWordsTwice: 0,
    turns: 0,
    turnsUnanswered: 0,
    messagesLost: 0,
    messagesTwice: 0,
    gapsMs: [],
    silencesMs: [],
    backsMs: [],
    errors: {},
    losses: [],
    latestMs: 0,
    unsettled: 0,
  };
}

export function addFigures(a: Figures, b: Figures): Figures {
  const sum = noFigures();
  for (const name of Object.keys(sum) as (keyof Figures)[]) {
    const [x, y] = [a[name], b[name]];
    if (typeof x === 'number' && typeof y === 'number') Object.assign(sum, { [name]: x + y });
    else if (Array.isArray(x) && Array.isArray(y)) Object.assign(sum, { [name]: [...x, ...y] });
  }
  for (const { errors } of [a, b])
    for (const [what, count] of Object.entries(errors)) sum.errors[what] = (sum.errors[what] ?? 0) + count;
  sum.latestMs = Math.max(a.latestMs, b.latestMs);
  return sum;
}

export function countError(figures: Figures, what: string): void {
  figures.errors[what] = (figures.errors[what] ?? 0) + 1;
}
