import { binaryHeaderBytes, readBinaryHeader } from '@vjj/shared/protocol/binary-audio.ts';
import type { Lane, ServerMessage } from '@vjj/shared/protocol/messages.ts';
import { decodeBase64 } from './base64.ts';

export interface AudioFrame {
  /** PCM16 little-endian, mono, 24,000 Hz. */
  pcm: Uint8Array;
  lane: Lane;
  seq: number;
  /** Number of the answer the audio belongs to, as the server counts; in JSON frames it is not said. */
  answer?: number;
}

/** A text message that is not audio. */
export type TextMessage = Exclude<ServerMessage, { type: 'audio.chunk' }>;

export type ServerFrame = { kind: 'audio'; audio: AudioFrame } | { kind: 'message'; message: TextMessage };

/** Number of a frame within its session. */
export function seqOf(frame: ServerFrame): number {
  return frame.kind === 'audio' ? frame.audio.seq : frame.message.seq;
}

/**
 * One WebSocket frame from the server, or undefined when it is not of this protocol: a client ignores
 * what it does not know, so that the server may learn new messages first.
 */
export function decodeServerFrame(data: unknown): ServerFrame | undefined {
  if (typeof data === 'string') return decodeText(data);
  if (data instanceof ArrayBuffer) return decodeBinary(new Uint8Array(data));
  if (data instanceof Uint8Array) return decodeBinary(data);
  return undefined;
}

function decodeBinary(frame: Uint8Array): ServerFrame | undefined {
  const header = readBinaryHeader(frame);
  if (header === undefined) return undefined;
  return { kind: 'audio', audio: { ...header, pcm: frame.subarray(binaryHeaderBytes) } };
}

function decodeText(text: string): ServerFrame | undefined {
  const message = parseMessage(text);
  if (message === undefined) return undefined;
  if (message.type !== 'audio.chunk') return { kind: 'message', message };
  const { data, lane, seq } = message;
  return { kind: 'audio', audio: { pcm: decodeBase64(data), lane, seq } };
}

function parseMessage(text: string): ServerMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
    return value as ServerMessage;
  } catch {
    return undefined;
  }
}
