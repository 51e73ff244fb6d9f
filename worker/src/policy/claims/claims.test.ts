import { createLog } from '@vjj/shared/log.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Embedder } from '../../embedding/embedder.ts';
import { EmbeddingThread } from '../../embedding/embedding-thread.ts';
import { ClaimedTurn } from './claimed-turn.ts';
import { Claims, type ClaimsOptions, type ClaimVerdict } from './claims.ts';

const options: ClaimsOptions = {
  language: 'en-GB',
  allowed: [
    {
      id: 'latency',
      text: 'The first sound of an answer comes within 800 milliseconds.',
      disclaimer: 'measured',
    },
    { id: 'encrypted', text: 'All connections are encrypted.' },
    {
      id: 'cancel',
      text: 'Bookings can be cancelled free of charge until six in the evening the day before.',
    },
  ],
  disallowed: [
    { id: 'disallowed-claim-1', text: 'Voice-jib-jab never fails.' },
    { id: 'disallowed-claim-2', text: 'Our returns are guaranteed.' },
  ],
  disclaimers: [
    { id: 'measured', text: 'Measured on one machine.', when: { facts: [], claims: [] } },
    { id: 'keys', text: 'Keys are yours to keep.', when: { facts: [], claims: ['encrypted'] } },
  ],
  unverified: 'allow',
  embedder: undefined,
};
const claims = new Claims(options);

const kindOf = ({ kind, claims: [id], verdict }: ClaimVerdict) =>
  kind === 'allowed' ? id : kind === 'disallowed' ? verdict.rules[0] : kind;

function embedder(): Embedder {
  const made = new Embedder(new EmbeddingThread(createLog('test', 'silent')));
  onTestFinished(() => made.close());
  return made;
}

describe('by its words alone', () => {
  it.each([
    ['The first sound of an answer comes within 800 ms.', 'latency'],
    ['An answer’s first sound comes in 0.8 seconds.', 'latency'],
    ['The first sound of an answer comes within 100 ms.', 'unverified'],
    ['The first sound of an answer comes within eight seconds.', 'unverified'],
    ['The first sound of an answer never comes within 800 milliseconds.', 'unverified'],
    ['Every connection is encrypted.', 'encrypted'],
    ['Only some connections are encrypted.', 'unverified'],
    ['All connections are encrypted, except to Redis.', 'unverified'],
    ['All connections are not encrypted.', 'unverified'],
    ['All connections are unencrypted.', 'unverified'],
    ['Bookings can be cancelled at no charge until 6 p.m. the day before.', 'cancel'],
    ['Bookings can be cancelled at no charge until 8 p.m. the day before.', 'unverified'],
    ['Our voice-jib-jab never fails.', 'disallowed-claim-1'],
    ['Voice-jib-jab does not ever fail.', 'disallowed-claim-1'],
    ['Voice-jib-jab almost never fails.', 'unverified'],
    ['We cannot promise that voice-jib-jab never fails.', 'none'],
    ['Our returns are guaranteed.', 'disallowed-claim-2'],
    ['Our returns are not guaranteed.', 'none'],
    ['We cannot guarantee our returns.', 'none'],
    ['Are all connections encrypted?', 'none'],
    ['You said that all connections are encrypted.', 'none'],
    ['We serve ten million callers.', 'unverified'],
    ['Let me look that up for you.', 'none'],
    ['Your booking has the number 4711.', 'none'],
  ])('%s → %s', (sentence, told) => {
    expect(kindOf(claims.sentence(sentence))).toBe(told);
  });

  it('a claim brings its disclaimers, whichever of them names the other', () => {
    const idsOf = (sentence: string) => claims.sentence(sentence).disclaimers.map(({ id }) => id);
    expect(idsOf('The first sound of an answer comes within 800 ms.')).toEqual(['measured']);
    expect(idsOf('Every connection is encrypted.')).toEqual(['keys']);
    expect(idsOf('No connection is encrypted.')).toEqual([]);
  });

  it('an assertion nothing covers is allowed, rewritten or refused as the agent’s file says', () => {
    for (const unverified of ['allow', 'rewrite', 'refuse'] as const) {
      const { verdict } = new Claims({ ...options, unverified }).sentence('We serve ten million callers.');
      expect(verdict).toMatchObject({ decision: unverified, reasonCodes: ['CLAIMS:UNVERIFIED'] });
    }
  });

  it('what the knowledge says is covered by it', () => {
    const made = new Claims({
      ...options,
      unverified: 'refuse',
      factsLike: () => ['We serve ten million callers a day.'],
    });
    expect(made.sentence('Every day we serve ten million callers.').kind).toBe('none');
    expect(made.sentence('Every day we serve twenty million callers.').kind).toBe('unverified');
  });

  it('in other languages the same words are the same claim, denied or with another figure they are not', () => {
    const made = new Claims({
      ...options,
      language: 'de',
      allowed: [{ id: 'ruhig', text: 'Die 20 Zimmer nach hinten sind ruhig.' }],
    });
    expect(kindOf(made.sentence('Ja, die 20 Zimmer nach hinten sind ruhig.'))).toBe('ruhig');
    expect(kindOf(made.sentence('Die 20 Zimmer nach hinten sind nicht ruhig.'))).toBe('none');
    expect(kindOf(made.sentence('Die 30 Zimmer nach hinten sind ruhig.'))).toBe('none');
  });

  it.each([
    ['nothing', ''],
    ['signs', '…!?! --- 😀'],
    ['half a letter', '\ud800 \u0000 connections'],
    ['200 KB of figures', 'one hundred and '.repeat(12_000)],
    ['200 KB without an end', 'all connections are encrypted and '.repeat(6000)],
    ['200 KB without a space', 'a'.repeat(200_000)],
  ])('%s is judged, and claims nothing that is disallowed', (_name, text) => {
    // What is quadratic takes longer than a test may.
    expect(claims.sentence(text).verdict.decision).toBe('allow');
    expect(new ClaimedTurn(claims).judge(text, true)).not.toContainEqual(
      expect.objectContaining({ reasonCodes: ['CLAIMS:DISALLOWED'] }),
    );
  });
});

describe('with its meaning', () => {
  it('a paraphrase without the words is the claim; the words with another figure are not', async () => {
    const made = new Claims({ ...options, embedder: patient(embedder()) });
    await made.prepare();
    const sentence = 'You hear the first sound of an answer within 800 ms.';
    const first = made.sentence(sentence);
    expect(first).toMatchObject({ kind: 'unverified', isSettled: false });
    expect(kindOf(await made.check(sentence))).toBe('latency');
    // Known from then on.
    expect(kindOf(made.sentence(sentence))).toBe('latency');
    expect(kindOf(await made.check('You hear the first sound of an answer within 300 ms.'))).toBe(
      'unverified',
    );
  }, 30_000);

  it('until it is known nothing is stopped for want of it; when it does not come in time, words decide', async () => {
    const made = new Claims({ ...options, unverified: 'refuse', embedder: neverInTime(embedder()) });
    await made.prepare();
    const sentence = 'You hear the first sound of an answer within 800 ms.';
    expect(made.sentence(sentence).verdict.decision).toBe('allow');
    expect((await made.check(sentence)).verdict.decision).toBe('refuse');
  }, 30_000);

  it('one look is enough, also when nothing was claimed and its meaning does not come', async () => {
    const made = new Claims({ ...options, embedder: neverInTime(embedder()) });
    await made.prepare();
    const sentence = 'Let me look at the connections.';
    expect(made.sentence(sentence)).toMatchObject({ kind: 'none', isSettled: false });
    expect(await made.check(sentence)).toMatchObject({ kind: 'none', isSettled: true });
  }, 30_000);
});

describe('a turn', () => {
  it('judges each sentence when it is finished, and not before', () => {
    const turn = new ClaimedTurn(claims);
    expect(turn.judge('Good evening. Voice-jib-jab never', false)).toEqual([]);
    expect(turn.judge('Good evening. Voice-jib-jab never fails.', false)).toEqual([]);
    expect(turn.judge('Good evening. Voice-jib-jab never fails. And', false)).toMatchObject([
      { decision: 'rewrite', reasonCodes: ['CLAIMS:DISALLOWED'], rules: ['disallowed-claim-1'] },
    ]);
    expect(turn.safeText).toBe('Good evening. And');
  });

  it('knows a figure from the end of a sentence', () => {
    const turn = new ClaimedTurn(claims);
    const texts = ['The first sound of an answer comes within 0.', '8 seconds. Dr.', ' No knows.'];
    const opinions = texts.map((_, at) => turn.judge(texts.slice(0, at + 1).join(''), at === 2));
    expect(opinions.at(-1)).toHaveLength(1);
    expect(turn.disclaimers.map(({ id }) => id)).toEqual(['measured']);
  });

  it('begins anew when its words are corrected', () => {
    const turn = new ClaimedTurn(claims);
    turn.judge('Voice-jib-jab never fails. It', false);
    expect(turn.judge('Voice-jib-jab never sleeps. It is awake.', true)).not.toContainEqual(
      expect.objectContaining({ decision: 'rewrite' }),
    );
    expect(turn.safeText).toBe('Voice-jib-jab never sleeps. It is awake.');
  });

  it('of 200 KB that grows sentence by sentence is judged to its end', () => {
    const turn = new ClaimedTurn(claims);
    const sentence = 'All connections are encrypted, and what you say is judged before it is heard. ';
    let text = '';
    for (let i = 0; i < 2500; i++) {
      text += sentence;
      turn.judge(text, false);
    }
    expect(turn.disclaimers.map(({ id }) => id)).toEqual(['keys']);
  });
});

/** The machine that runs the tests may be slow; what the deadline does has a test of its own. */
function patient(made: Embedder): Pick<Embedder, 'embed' | 'embedAll'> {
  return {
    embed: (texts) => made.embed(texts, { deadlineMs: 20_000 }),
    embedAll: (texts) => made.embedAll(texts),
  };
}

function neverInTime(made: Embedder): Pick<Embedder, 'embed' | 'embedAll'> {
  return {
    embed: (texts) => made.embed(texts, { deadlineMs: 0 }),
    embedAll: (texts) => made.embedAll(texts),
  };
}
