import { durationMs } from '../audio.ts';
import { binaryHeaderBytes } from '../protocol/binary-audio.ts';

/** What stands around the base64 in an `audio.chunk`, in bytes: no less than this. */
const jsonBytes = 111;

/**
 * How much a frame of audio sounds, ms, told from its length alone: exactly for a binary one, for JSON to a
 * fraction of a millisecond. Worker and gateway count what passes them in the same way, so the difference is what is under way.
 */
export function soundMsOf(frameBytes: number, isBinary: boolean): number {
  const pcmBytes = isBinary ? frameBytes - binaryHeaderBytes : ((frameBytes - jsonBytes) * 3) / 4;
  return Math.max(0, durationMs(pcmBytes));
}
