import { createSecretKey, type KeyObject } from 'node:crypto';
import { monotonicMs } from '@vjj/shared/clock.ts';
import {
  type Begun,
  type ConnectionClosed,
  EntryKind,
  entryBytes,
  lanes,
  type RecordingHead,
  sealedPiece,
} from '@vjj/shared/evidence/recording.ts';
import type { Lane } from '@vjj/shared/protocol/messages.ts';
import type { ConnectionTap, ConversationTap } from '../provider/provider.ts';
import type { RecordedSoFar, RecordingFile, StopReason } from './recording-file.ts';

/** What is gathered leaves for the disk when it is so old or so large. */
export const gatherMs = 500;
const gatherBytes = 256 * 1024;

export interface CallRecordingOptions {
  head: RecordingHead;
  /** Of the session, as for its evidence. */
  key: Buffer;
  file: RecordingFile;
  maxBytes: number;
  settings: Record<string, string>;
  version: string;
  onEnded: () => void;
}

/** What the evidence says of a recording. */
export interface Recorded extends RecordedSoFar {
  what: 'audio' | 'call';
  stopped?: StopReason;
}

/**
 * Records one call in one epoch: its voices, or all that came from outside. Entries are gathered, encrypted together
 * and handed to the disk; the call waits for none of it.
 */
export class CallRecording {
  readonly #options: CallRecordingOptions;
  readonly #beganMs = monotonicMs();
  readonly #isWhole: boolean;
  readonly #key: KeyObject;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #gatheringSinceMs = 0;
  #pieces = 0;
  #bytes = 0;
  #connections = 0;
  #stopped: StopReason | undefined;
  #isOver = false;

  constructor(options: CallRecordingOptions) {
    this.#options = options;
    this.#isWhole = options.head.what === 'call';
    this.#key = createSecretKey(options.key);
    this.#hand(Buffer.from(`${JSON.stringify(options.head)}\n`));
  }

  begun(begun: Omit<Begun, 'settings' | 'version'>): void {
    const { settings, version } = this.#options;
    this.#json(EntryKind.begun, { ...begun, settings, version });
  }

  /** A frame of the caller that is dealt with now. @param payload copied here */
  clientFrame(payload: Buffer, isBinary: boolean, number: number): void {
    if (!this.#isWhole) return;
    this.#add(isBinary ? EntryKind.clientBinary : EntryKind.clientText, [u32(number), Buffer.from(payload)]);
  }

  /** The same, where only voices are recorded. @param pcm copied here */
  callerAudio(pcm: Buffer, number: number): void {
    if (!this.#isWhole) this.#add(EntryKind.callerAudio, [u32(number), Buffer.from(pcm)]);
  }

  /** Audio that leaves for the caller. @param pcm copied here */
  agentAudio(pcm: Buffer, lane: Lane, answer: number): void {
    const head = Buffer.allocUnsafe(5);
    head[0] = lanes.indexOf(lane);
    head.writeUInt32LE(answer, 1);
    this.#add(EntryKind.agentAudio, [head, Buffer.from(pcm)]);
  }

  /** Of what has left of that answer only so much was heard. */
  audioCut(lane: Lane, answer: number, heardMs: number): void {
    this.#json(EntryKind.audioCut, { lane, answer, heardMs });
  }

  laneChanged(from: string, to: string): void {
    if (this.#isWhole) this.#json(EntryKind.lane, { from, to });
  }

  lineLost(): void {
    if (this.#isWhole) this.#add(EntryKind.lineLost, []);
  }

  lineBack(connection: string): void {
    if (this.#isWhole) this.#json(EntryKind.lineBack, { connection });
  }

  /** What goes to and fro between worker and voice service; undefined where only voices are recorded. */
  get conversationTap(): ConversationTap | undefined {
    if (!this.#isWhole) return undefined;
    return {
      refused: (id) => this.#json(EntryKind.opened, { connection: ++this.#connections, refused: id }),
      opened: () => this.#connectionTap(++this.#connections),
    };
  }

  /** Hands on what was gathered long enough. */
  beat(nowMs: number): void {
    if (this.#gathered.length > 0 && nowMs - this.#gatheringSinceMs >= gatherMs) this.#flush();
  }

  /** The disk is to be left to others, or does not take it. @returns false: it had stopped already */
  stop(reason: StopReason): boolean {
    if (this.#isOver || this.#stopped !== undefined) return false;
    this.#stopped = reason;
    this.#gathered = [];
    void this.#options.file.finish();
    return true;
  }

  /** The call is over here. */
  close(reason: string): Recorded {
    const { file, head, onEnded } = this.#options;
    if (this.#stopped === undefined && !this.#isOver) {
      this.#json(EntryKind.ended, { reason });
      this.#flush();
      void file.finish();
    }
    this.#isOver = true;
    onEnded();
    return {
      what: head.what,
      ...file.recorded,
      ...(this.#stopped !== undefined && { stopped: this.#stopped }),
    };
  }

  #connectionTap(connection: number): ConnectionTap {
    const number = Buffer.allocUnsafe(2);
    number.writeUInt16LE(connection, 0);
    this.#json(EntryKind.opened, { connection });
    return {
      received: (event) => this.#add(EntryKind.received, [number, event]),
      sent: (event) => this.#add(EntryKind.sent, [number, Buffer.from(JSON.stringify(event))]),
      closed: (code) => this.#json(EntryKind.closed, { connection, code } satisfies ConnectionClosed),
    };
  }

  #json(kind: EntryKind, value: object): void {
    this.#add(kind, [Buffer.from(JSON.stringify(value))]);
  }

  #add(kind: EntryKind, parts: readonly Buffer[]): void {
    if (this.#isOver || this.#stopped !== undefined) return;
    const now = monotonicMs();
    if (this.#gathered.length === 0) this.#gatheringSinceMs = now;
    const entry = entryBytes(kind, now - this.#beganMs, parts);
    this.#gathered.push(...entry);
    for (const part of entry) this.#gatheredBytes += part.length;
    if (this.#gatheredBytes >= gatherBytes) this.#flush();
  }

  #flush(): void {
    const { head } = this.#options;
    const entries = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (entries.length === 0) return;
    this.#hand(sealedPiece(entries, this.#key, head, this.#pieces++));
    if (this.#bytes >= this.#options.maxBytes) this.stop('limit');
  }

  #hand(bytes: Buffer): void {
    this.#bytes += bytes.length;
    this.#options.file.write(bytes);
  }
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}
