import { bytesOf, durationMs } from '@vjj/shared/audio.ts';
import { type AudioCut, type Entry, EntryKind, lanes } from '@vjj/shared/evidence/recording.ts';
import { sampleRate } from '@vjj/shared/protocol/messages.ts';
import { readTextFrame } from '../../../src/client-frame.ts';
import type { OpenedRecording } from './recordings.ts';

/** Audio that sounds from a moment on, ms since the call began. */
interface Sound {
  atMs: number;
  pcm: Buffer;
}

const sampleBytes = 2;
const headerBytes = 44;
/** Written so much at a time. */
const windowMs = 1000;
/** Frames that come late by less belong to the ones before: networks stall, voices do not. */
const seamMs = 200;

/**
 * A WAV file of both voices: left the caller, as it came; right the agent, as far as it was heard.
 * @param recordings of one call, epoch by epoch
 */
export function* wavOf(recordings: readonly OpenedRecording[]): Generator<Buffer> {
  const beganAt = recordings[0]?.head.startedAt ?? 0;
  const caller: Sound[] = [];
  const agent: Sound[] = [];
  for (const { head, entries } of recordings) {
    const sinceMs = head.startedAt - beganAt;
    caller.push(...callerSounds(entries, sinceMs));
    agent.push(...agentSounds(entries, sinceMs));
  }
  const endMs = Math.max(
    0,
    ...[caller.at(-1), agent.at(-1)].map((last) => (last === undefined ? 0 : endOf(last))),
  );
  const windows = Math.ceil(endMs / windowMs);
  yield header(windows * bytesOf(windowMs) * 2);
  const [left, right] = [channel(caller), channel(agent)];
  for (let window = 0; window < windows; window++) {
    const [a, b] = [left(window), right(window)];
    const both = Buffer.alloc(a.length * 2);
    for (let at = 0; at < a.length; at += sampleBytes) {
      a.copy(both, at * 2, at, at + sampleBytes);
      b.copy(both, at * 2 + sampleBytes, at, at + sampleBytes);
    }
    yield both;
  }
}

const endOf = ({ atMs, pcm }: Sound): number => atMs + durationMs(pcm.length);

/** A frame tells of the time before it came; frames that come together follow each other. */
function callerSounds(entries: readonly Entry[], sinceMs: number): Sound[] {
  const sounds: Sound[] = [];
  for (const { kind, at, body } of entries) {
    const pcm = callerPcm(kind, body);
    if (pcm === undefined) continue;
    const beganMs = Math.max(0, sinceMs + at - durationMs(pcm.length));
    const last = sounds.at(-1);
    const isSeam = last !== undefined && beganMs - endOf(last) < seamMs;
    sounds.push({ atMs: isSeam ? endOf(last) : beganMs, pcm });
  }
  return sounds;
}

function callerPcm(kind: number, body: Buffer): Buffer | undefined {
  if (kind === EntryKind.callerAudio) return body.subarray(4);
  if (kind === EntryKind.clientBinary) return body.length % 2 === 0 ? body.subarray(4) : undefined;
  if (kind !== EntryKind.clientText) return undefined;
  const frame = readTextFrame(body.subarray(4));
  return frame.kind === 'audio' ? Buffer.from(frame.audio.pcm) : undefined;
}

/** What has left is played one after the other, as a player does; of what was cut, no more than was heard. */
function agentSounds(entries: readonly Entry[], sinceMs: number): Sound[] {
  const sounds: (Sound & { of: string })[] = [];
  for (const { kind, at, body } of entries) {
    if (kind === EntryKind.agentAudio) {
      const of = `${lanes[body[0] ?? 0]} ${body.readUInt32LE(1)}`;
      const last = sounds.at(-1);
      const atMs = Math.max(sinceMs + at, last === undefined ? 0 : endOf(last));
      sounds.push({ atMs, pcm: body.subarray(5), of });
    } else if (kind === EntryKind.audioCut) {
      const { lane, answer, heardMs } = JSON.parse(body.toString()) as AudioCut;
      cut(sounds, `${lane} ${answer}`, heardMs);
    }
  }
  return sounds;
}

function cut(sounds: (Sound & { of: string })[], of: string, heardMs: number): void {
  let leftBytes = bytesOf(heardMs);
  for (const sound of sounds) {
    if (sound.of !== of) continue;
    sound.pcm = sound.pcm.subarray(0, leftBytes);
    leftBytes -= sound.pcm.length;
  }
  while (sounds.at(-1)?.pcm.length === 0) sounds.pop();
}

/** The samples of one window, silence where nothing sounds; to be asked in order. */
function channel(sounds: readonly Sound[]): (window: number) => Buffer {
  let next = 0;
  return (window) => {
    const from = bytesOf(window * windowMs);
    const samples = Buffer.alloc(bytesOf(windowMs));
    for (let i = next; i < sounds.length; i++) {
      const { atMs, pcm } = sounds[i]!;
      const at = bytesOf(atMs) - from;
      if (at >= samples.length) break;
      if (at + pcm.length <= 0) {
        next = i + 1;
        continue;
      }
      pcm.copy(samples, Math.max(0, at), Math.max(0, -at));
    }
    return samples;
  };
}

/** Two channels of PCM16. */
function header(dataBytes: number): Buffer {
  const head = Buffer.alloc(headerBytes);
  head.write('RIFF', 0);
  head.writeUInt32LE(headerBytes - 8 + dataBytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(2, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * sampleBytes * 2, 28);
  head.writeUInt16LE(sampleBytes * 2, 32);
  head.writeUInt16LE(8 * sampleBytes, 34);
  head.write('data', 36);
  head.writeUInt32LE(dataBytes, 40);
  return head;
}
