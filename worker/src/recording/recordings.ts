import { createHash } from 'node:crypto';
import { statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Ticker } from '@vjj/shared/clock.ts';
import type { Config } from '@vjj/shared/config.ts';
import { type RecordingHead, recordingVersion } from '@vjj/shared/evidence/recording.ts';
import type { Logger } from '@vjj/shared/log.ts';
import { counter } from '@vjj/shared/metrics.ts';
import { version } from '@vjj/shared/process/version.ts';
import { makeOwnedFolder } from '../evidence/owned-folder.ts';
import { ownerFile } from '../evidence/spill-owner.ts';
import { CallRecording } from './call-recording.ts';
import { RecordingFile, type StopReason } from './recording-file.ts';

/** Pieces of many calls do not leave in one turn of the event loop. */
const beatMs = 50;
const roomPeriodMs = 5000;

/** What decides how a call goes, beside the agent and what comes from outside. */
const settingsKept = [
  'ENABLE_LANE_A',
  'REFLEX_DELAY_MS',
  'FALLBACK_MODE',
  'OUTPUT_LEAD_MS',
  'POLICY_HOLD',
  'POLICY_INPUT',
  'ENABLE_PII_REDACTION',
  'ENABLE_PROVIDER_MODERATION',
  'ECHO_GUARD',
  'RESPONSE_COOLDOWN_MS',
  'MIN_AUDIO_RMS',
  'ENABLE_RAG',
  'OPENAI_VOICE',
  'MAX_SESSION_DURATION_MINUTES',
  'RESUME_GRACE_MS',
] as const satisfies readonly (keyof Config)[];

const stopped = counter(
  'vjj_recordings_stopped_total',
  'recordings that end before their call, or were not begun, by reason',
  ['reason'],
);

/** The recordings of this process, on their way to the recorder of this host: a folder of its own, a file for each call. */
export class Recordings {
  readonly #config: Readonly<Config>;
  readonly #log: Logger;
  readonly #folder: string;
  readonly #what: RecordingHead['what'];
  readonly #settings: Record<string, string>;
  readonly #beat = new Ticker(beatMs);
  readonly #live = new Set<CallRecording>();
  readonly #unfinished = new Set<Promise<void>>();
  #hasRoom = true;
  #timer: NodeJS.Timeout | undefined;

  /** Undefined: nothing is recorded. @throws when the folder cannot be made */
  static of(config: Readonly<Config>, log: Logger): Recordings | undefined {
    return config.RECORD_CALLS || config.STORE_RAW_AUDIO ? new Recordings(config, log) : undefined;
  }

  private constructor(config: Readonly<Config>, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#what = config.RECORD_CALLS ? 'call' : 'audio';
    this.#settings = Object.fromEntries(settingsKept.map((name) => [name, String(config[name])]));
    this.#folder = makeOwnedFolder(config.RECORDING_DIR);
    this.#beat.add((nowMs) => {
      for (const recording of this.#live) recording.beat(nowMs);
    });
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), roomPeriodMs).unref();
  }

  /** @param key of the session; undefined: the disk must be left to the evidence */
  begin(
    of: Pick<RecordingHead, 'session' | 'epoch' | 'tenant' | 'user'>,
    key: Buffer,
  ): CallRecording | undefined {
    if (!this.#hasRoom) {
      stopped.inc({ reason: 'disk' });
      return undefined;
    }
    const startedAt = Date.now();
    const head: RecordingHead = {
      v: recordingVersion,
      kind: 'recording',
      what: this.#what,
      ...of,
      startedAt,
    };
    const file = new RecordingFile(join(this.#folder, fileName(of)), (reason, error) => {
      this.#onStopped(reason, error);
      recording.stop(reason);
    });
    const recording: CallRecording = new CallRecording({
      head,
      key,
      file,
      maxBytes: this.#config.RECORDING_MAX_BYTES,
      settings: this.#settings,
      version,
      onEnded: () => {
        this.#live.delete(recording);
        const finishing = file.finish().finally(() => this.#unfinished.delete(finishing));
        this.#unfinished.add(finishing);
      },
    });
    this.#live.add(recording);
    return recording;
  }

  /** What is still on its way to the disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const recording of this.#live) recording.close('closed');
    await Promise.all(this.#unfinished);
  }

  /** The evidence may need all that AUDIT_SPILL_MAX_BYTES says; recordings leave it that much of the disk. */
  async #look(): Promise<void> {
    const now = new Date();
    await utimes(join(this.#folder, ownerFile), now, now).catch(() => undefined);
    const disk = await statfs(this.#folder).catch(() => undefined);
    const hasRoom = disk !== undefined && disk.bavail * disk.bsize > this.#config.AUDIT_SPILL_MAX_BYTES;
    if (hasRoom && !this.#hasRoom) this.#log.info('there is room for recordings again');
    this.#hasRoom = hasRoom;
    if (hasRoom) return;
    const noRoom = new Error('no more room than AUDIT_SPILL_MAX_BYTES is left for the evidence');
    for (const recording of this.#live) if (recording.stop('disk')) this.#onStopped('disk', noRoom);
  }

  #onStopped(reason: StopReason, error: Error | undefined): void {
    stopped.inc({ reason });
    this.#log.error(
      { reason, err: error?.message },
      'a call is not recorded any further; it goes on, and so does its evidence',
    );
  }
}

/** Ids of sessions come from outside: no part of them becomes a path. */
function fileName({ session, epoch }: Pick<RecordingHead, 'session' | 'epoch'>): string {
  return `${createHash('sha256').update(session).digest('hex').slice(0, 32)}-${epoch}`;
}
