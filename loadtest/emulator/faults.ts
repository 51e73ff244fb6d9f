import { z } from 'zod';

const ms = z.number().min(0);

/** Which sessions a fault strikes: all that are given must hold; none given means every session. */
const filter = z.strictObject({
  sessionId: z.string().optional(),
  /** Part of the model's name. */
  model: z.string().optional(),
  /** Part of the session's instructions. */
  instructions: z.string().optional(),
});

const common = {
  /** Given by the emulator when left out; names the fault in `state`. */
  id: z.string().optional(),
  match: filter.optional(),
  /** How often it strikes before it is spent; absent: always. */
  times: z.number().int().min(1).optional(),
};

/** The server event that sets a fault off; absent: the connection itself. */
const on = z.string().optional();

export const faultSchema = z.discriminatedUnion('kind', [
  /** Refuses the WebSocket handshake. `match.model` alone can be used, for no session exists yet. */
  z.strictObject({
    kind: z.literal('handshake'),
    status: z.union([z.literal(401), z.literal(429), z.literal(500), z.literal(503)]),
    ...common,
  }),
  /** Closes the socket; 1006 is a cut without a close frame. */
  z.strictObject({
    kind: z.literal('close'),
    code: z.union([z.literal(1001), z.literal(1006), z.literal(1011), z.literal(4000)]),
    reason: z.string().optional(),
    on,
    afterMs: ms.default(0),
    ...common,
  }),
  /** Every event comes later; their order stays. */
  z.strictObject({ kind: z.literal('delay'), ms: ms.default(0), jitterMs: ms.default(0), ...common }),
  /** From the event on, nothing is sent for a while; then all of it at once. */
  z.strictObject({
    kind: z.literal('stall'),
    ms,
    on: z.string().default('response.output_audio.delta'),
    ...common,
  }),
  /** Swallows events of a type. */
  z.strictObject({ kind: z.literal('drop'), type: z.string(), ...common }),
  /** Sends events of a type twice, with one and the same `event_id`: delivered again, not said again. */
  z.strictObject({ kind: z.literal('duplicate'), type: z.string(), ...common }),
  /** Sends an error event before the given event, or when the session begins. */
  z.strictObject({
    kind: z.literal('error'),
    error: z.strictObject({
      type: z.string().default('server_error'),
      code: z.string().nullable().default(null),
      message: z.string().default('The server had an error while processing your request. Sorry about that!'),
      param: z.string().nullable().default(null),
    }),
    on,
    afterMs: ms.default(0),
    ...common,
  }),
  /** Other orders the protocol allows; each is switched on by name, all when none is given. */
  z.strictObject({
    kind: z.literal('reorder'),
    what: z
      .array(
        z.enum([
          'output-item-done-first',
          'transcript-done-first',
          'rate-limits-first',
          'late-input-transcript',
        ]),
      )
      .optional(),
    ...common,
  }),
  /** The response ends with status `failed`. */
  z.strictObject({
    kind: z.literal('fail-response'),
    code: z.string().default('server_error'),
    message: z.string().default('The server had an error while processing your request. Sorry about that!'),
    /** Audio sent before it fails, ms. */
    afterAudioMs: ms.default(0),
    ...common,
  }),
  /** The server reads the client's messages no faster than this. */
  z.strictObject({ kind: z.literal('slow-reader'), bytesPerSecond: z.number().min(1), ...common }),
  /** An HTTP route answers an error, late, or never. */
  z.strictObject({
    kind: z.literal('http'),
    /** Beginning of the path, such as `/v1/audio/speech`. */
    path: z.string(),
    status: z.number().int().min(200).max(599).optional(),
    code: z.string().optional(),
    message: z.string().optional(),
    afterMs: ms.default(0),
    hang: z.boolean().default(false),
    ...common,
  }),
]);

export type Fault = z.infer<typeof faultSchema>;
export type FaultKind = Fault['kind'];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;
export type Reordering = NonNullable<FaultOf<'reorder'>['what']>[number];

/** What a fault's filter looks at. */
export interface FaultSubject {
  sessionId?: string;
  model?: string;
  instructions?: string;
}

interface Active {
  fault: Fault;
  left: number;
  struck: number;
}

/** Spent faults remembered, so that a test can see that they struck. */
const MAX_SPENT = 100;

/** The faults in force, for the whole emulator or for one session. */
export class FaultBook {
  #active: Active[] = [];
  #spent: Active[] = [];
  #nextId = 1;

  /** True when no fault is in force: the fast path. */
  get isEmpty(): boolean {
    return this.#active.length === 0;
  }

  /** @returns the fault's id */
  add(fault: Fault): string {
    const id = fault.id ?? `fault-${this.#nextId++}`;
    this.#active.push({ fault: { ...fault, id }, left: fault.times ?? Number.POSITIVE_INFINITY, struck: 0 });
    return id;
  }

  clear(): void {
    this.#active = [];
    this.#spent = [];
  }

  /** Uses the first fault of a kind that is in force, matches and passes `accept`. */
  strike<K extends FaultKind>(
    kind: K,
    subject: FaultSubject,
    accept: (fault: FaultOf<K>) => boolean = () => true,
  ): FaultOf<K> | undefined {
    for (const entry of this.#active) {
      if (!isKind(entry.fault, kind) || !matches(entry.fault, subject) || !accept(entry.fault)) continue;
      entry.struck++;
      if (--entry.left <= 0) {
        this.#active = this.#active.filter((other) => other !== entry);
        this.#spent = [...this.#spent, entry].slice(-MAX_SPENT);
      }
      return entry.fault;
    }
    return undefined;
  }

  /** Uses every fault of a kind that is in force, matches and passes `accept`. */
  strikeEach<K extends FaultKind>(
    kind: K,
    subject: FaultSubject,
    accept: (fault: FaultOf<K>) => boolean,
  ): FaultOf<K>[] {
    const struck: FaultOf<K>[] = [];
    const isNew = (fault: FaultOf<K>) => accept(fault) && struck.every(({ id }) => id !== fault.id);
    for (;;) {
      const fault = this.strike(kind, subject, isNew);
      if (!fault) return struck;
      struck.push(fault);
    }
  }

  /** Those in force and those lately spent, for `GET /emulator/state`. */
  list(): (Fault & { struck: number; isSpent: boolean })[] {
    return [...this.#spent, ...this.#active].map(({ fault, struck, left }) => ({
      ...fault,
      struck,
      isSpent: left <= 0,
    }));
  }
}

function isKind<K extends FaultKind>(fault: Fault, kind: K): fault is FaultOf<K> {
  return fault.kind === kind;
}

function matches(fault: Fault, subject: FaultSubject): boolean {
  const match = fault.match;
  if (!match) return true;
  if (match.sessionId !== undefined && match.sessionId !== subject.sessionId) return false;
  if (match.model !== undefined && !subject.model?.includes(match.model)) return false;
  return match.instructions === undefined || (subject.instructions?.includes(match.instructions) ?? false);
}
