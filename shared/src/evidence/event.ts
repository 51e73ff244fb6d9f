import { hash } from 'node:crypto';
import { z } from 'zod';
import { decryptedBytes } from './cipher.ts';
import {
  type EventType,
  type PayloadOf,
  type PersonalFields,
  payloads,
  personalFields,
} from './event-types.ts';
import { isOfStream, openedFromStream, type SealingStream } from './sealing-stream.ts';

/**
 * One audit event is one line of JSON, its members in this order:
 *
 *   {"v":1,"session","tenant","user","agent","epoch","seq","at","type","payload","sealed"?,"prev","hash"}
 *
 * `hash` is the SHA-256 (hex) of the line's exact bytes without the hash member; `prev` is the hash of the event
 * before in the chain of (session, epoch), or `genesis` for seq 0. `sealed` is encrypted before it is hashed, so
 * that the chain still verifies when the key, and with it what was said, is destroyed.
 */
const hex64 = /^[0-9a-f]{64}$/;

const lineSchema = z.object({
  v: z.literal(1),
  session: z.string().min(1),
  tenant: z.string().min(1),
  /** Person id: who it was, as a keyed hash, or `anon:<session>`. */
  user: z.string().min(1),
  agent: z.string(),
  epoch: z.number().int().nonnegative(),
  /** Counts from 0 without a gap within (session, epoch). */
  seq: z.number().int().nonnegative(),
  /** ISO 8601, UTC, milliseconds. */
  at: z.iso.datetime({ precision: 3 }),
  /** Of `event-types.ts`, or of a later version. */
  type: z.string().min(1),
  payload: z.record(z.string(), z.unknown()),
  sealed: z.string().optional(),
  prev: z.string().regex(hex64),
  hash: z.string().regex(hex64),
});
export type AuditEvent = z.infer<typeof lineSchema>;

/** What all events of a chain have in common. */
export interface ChainIdentity {
  session: string;
  tenant: string;
  user: string;
  agent: string;
  epoch: number;
}

export interface NewEvent<T extends EventType = EventType> {
  chain: ChainIdentity;
  seq: number;
  /** Unix ms. */
  atMs: number;
  type: T;
  payload: PayloadOf<T>;
  /** What is sealed, and the chain's stream that does it. */
  words?: { personal: PersonalFields; stream: SealingStream } | undefined;
  prev: string;
}

export interface EventLine {
  /** Without a line break. */
  line: string;
  hash: string;
}

/** What stands before the first event of a chain; binds it to its session and epoch. */
export function genesis(session: string, epoch: number): string {
  return hash('sha256', `vjj:genesis:${session}:${epoch}`, 'hex');
}

/** Encrypts what is personal, links the event to the one before, and writes its line. */
export function sealEvent<T extends EventType>(event: NewEvent<T>): EventLine {
  const { chain, seq, atMs, type, payload, words, prev } = event;
  const { session, tenant, user, agent, epoch } = chain;
  const sealed = words?.stream.sealed(JSON.stringify(words.personal), placeOf(session, epoch, seq));
  const at = new Date(atMs).toISOString();
  // JSON.stringify keeps the order of the members as written, and leaves out what is undefined.
  const body = JSON.stringify({
    v: 1,
    session,
    tenant,
    user,
    agent,
    epoch,
    seq,
    at,
    type,
    payload,
    sealed,
    prev,
  });
  const ownHash = hash('sha256', body, 'hex');
  return { line: `${body.slice(0, -1)},"hash":"${ownHash}"}`, hash: ownHash };
}

/**
 * What was sealed; undefined when the event has nothing sealed.
 * @throws when the key is another one, or the bytes are not what was sealed for this place in the chain
 */
export function openSealed(
  event: Pick<AuditEvent, 'session' | 'epoch' | 'seq' | 'sealed'>,
  key: Buffer,
): PersonalFields | undefined {
  const { session, epoch, seq, sealed } = event;
  if (sealed === undefined) return undefined;
  const place = placeOf(session, epoch, seq);
  // Events from before there were streams are sealed one by one.
  const bytes = isOfStream(sealed)
    ? openedFromStream(sealed, key, place)
    : decryptedBytes(sealed, key, Buffer.from(place));
  return personalFields.parse(JSON.parse(bytes.toString('utf8')));
}

/** Why a line is no event; `unreadable`: not JSON of this shape, `hash`: its bytes are not those that were hashed. */
export type LineProblem = 'unreadable' | 'hash';
export type ParsedLine = { event: AuditEvent } | { problem: LineProblem; detail: string };

/**
 * Reads a line and checks its own hash. Types and payload fields of a later version are let through.
 * @param line without its line break
 */
export function parseEventLine(line: string): ParsedLine {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { problem: 'unreadable', detail: 'not JSON' };
  }
  const read = lineSchema.safeParse(json);
  if (!read.success) return { problem: 'unreadable', detail: issueOf(read.error) };
  const event = read.data;
  const end = `,"hash":"${event.hash}"}`;
  if (!line.endsWith(end)) return { problem: 'hash', detail: 'the hash is not the last member' };
  const expected = hash('sha256', `${line.slice(0, -end.length)}}`, 'hex');
  if (expected !== event.hash) return { problem: 'hash', detail: 'the line was changed after it was hashed' };
  const payload = Object.hasOwn(payloads, event.type)
    ? payloads[event.type as EventType].safeParse(event.payload)
    : undefined;
  if (payload?.success === false) {
    return { problem: 'unreadable', detail: `payload of ${event.type}: ${issueOf(payload.error)}` };
  }
  return { event };
}

function issueOf(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}`;
}

const placeOf = (session: string, epoch: number, seq: number) => `${session}:${epoch}:${seq}`;
