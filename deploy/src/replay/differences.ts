import type { Told } from '@vjj/shared/evidence/recorded-call.ts';

/** What went another way in the replay. */
export interface Difference {
  what: 'lanes' | 'decisions' | 'heard';
  /** Absent: it was not so in that run. */
  recorded?: string;
  replayed?: string;
}

/** An answer that was cut short ends where somebody's clock said so: so many words are the clocks', not the call's. */
const clockWords = 2;

/** Compares two runs of one call: lanes and moves in order, what the policy decided and what was heard turn by turn. */
export function differences(recorded: readonly Told[], replayed: readonly Told[]): Difference[] {
  return [
    ...compared('lanes', lanesOf(recorded), lanesOf(replayed), same),
    ...compared('decisions', decisionsOf(recorded), decisionsOf(replayed), same),
    ...compared('heard', heardIn(recorded), heardIn(replayed), soundsSame),
  ];
}

interface Point {
  shown: string;
  /** What was heard, where the clock cut it. */
  cut?: string[];
}

export function lanesOf(told: readonly Told[]): Point[] {
  return told.flatMap(({ type, payload: { from, to, cause } }) => {
    if (type === 'session.moved') return [{ shown: `goes on with another worker (${String(cause)})` }];
    return type === 'lane.changed' ? [{ shown: `${String(from)} → ${String(to)} (${String(cause)})` }] : [];
  });
}

/** By turn and speaker: the words of both sides are judged in their own time. */
export function decisionsOf(told: readonly Told[]): Point[] {
  return ofType(told, 'policy.decision')
    .map(({ payload }) => ({ ...payload, key: `${turnOf(payload)} ${String(payload.speaker)}` }))
    .toSorted((a, b) => a.key.localeCompare(b.key))
    .map((payload: Record<string, unknown>) => {
      const codes = Array.isArray(payload.reasonCodes) ? payload.reasonCodes.toSorted().join(', ') : '';
      const why = codes === '' ? '' : ` for ${codes}`;
      return {
        shown: `turn ${String(payload.turn)}, ${String(payload.speaker)}: ${String(payload.decision)}${why}, severity ${String(payload.severity)}`,
      };
    });
}

/** Of what was released and then cut short, only what was heard counts. */
export function heardIn(told: readonly Told[]): Point[] {
  const heard: { turn: unknown; lane: unknown; text: string; isCut: boolean }[] = [];
  for (const { payload, text = '' } of ofType(told, 'assistant.transcript')) {
    const { turn, lane, cause } = payload;
    const isCut = cause !== 'released';
    const last = heard.at(-1);
    if (isCut && last?.turn === turn && last?.lane === lane && !last?.isCut) heard.pop();
    heard.push({ turn, lane, text, isCut });
  }
  return heard.map(({ turn, lane, text, isCut }) => ({
    shown: `turn ${String(turn)}, ${String(lane)}: “${text}”${isCut ? ' (cut short)' : ''}`,
    ...(isCut && {
      cut: [`turn ${String(turn)}, ${String(lane)}`, ...text.split(/\s+/).filter((word) => word !== '')],
    }),
  }));
}

const ofType = (told: readonly Told[], type: string): Told[] => told.filter((one) => one.type === type);
const turnOf = ({ turn }: Record<string, unknown>): string => String(turn).padStart(6, '0');

const same = (a: Point, b: Point): boolean => a.shown === b.shown;

function soundsSame(a: Point, b: Point): boolean {
  if (a.cut === undefined || b.cut === undefined) return same(a, b);
  const [shorter, longer] = a.cut.length <= b.cut.length ? [a.cut, b.cut] : [b.cut, a.cut];
  return longer.length - shorter.length <= clockWords && shorter.every((word, at) => longer[at] === word);
}

/** The shortest way from one list to the other; what stands at one place in both is told as one difference. */
function compared(
  what: Difference['what'],
  recorded: readonly Point[],
  replayed: readonly Point[],
  isSame: (a: Point, b: Point) => boolean,
): Difference[] {
  const common = commonLengths(recorded, replayed, isSame);
  const found: Difference[] = [];
  let gone: string[] = [];
  let come: string[] = [];
  const tell = () => {
    for (let at = 0; at < Math.max(gone.length, come.length); at++) {
      const [was, is] = [gone[at], come[at]];
      found.push({
        what,
        ...(was !== undefined && { recorded: was }),
        ...(is !== undefined && { replayed: is }),
      });
    }
    gone = [];
    come = [];
  };
  let [i, j] = [0, 0];
  while (i < recorded.length || j < replayed.length) {
    const [a, b] = [recorded[i], replayed[j]];
    if (a !== undefined && b !== undefined && isSame(a, b)) {
      tell();
      i++;
      j++;
    } else if (b === undefined || (a !== undefined && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      gone.push(a!.shown);
      i++;
    } else {
      come.push(b.shown);
      j++;
    }
  }
  tell();
  return found;
}

/** `[i][j]`: how much the lists have in common from there on. */
function commonLengths(
  a: readonly Point[],
  b: readonly Point[],
  isSame: (a: Point, b: Point) => boolean,
): number[][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i]![j] = isSame(a[i]!, b[j]!)
        ? lengths[i + 1]![j + 1]! + 1
        : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  return lengths;
}
