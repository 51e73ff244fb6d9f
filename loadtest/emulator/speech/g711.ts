import { resample } from './resample.ts';

/** Telephone formats, 8 kHz, one byte per sample. */
export type G711 = 'audio/pcmu' | 'audio/pcma';

const BIAS = 0x84;
const CLIP = 32635;

/** 24 kHz PCM16 as telephone audio. */
export function encodeG711(pcm: Buffer, format: G711): Buffer {
  const samples = resample(asSamples(pcm), 24000, 8000);
  const encode = format === 'audio/pcmu' ? encodeMuLaw : encodeALaw;
  return Buffer.from(Uint8Array.from(samples, encode));
}

/** Telephone audio as PCM16 at 8 kHz. */
export function decodeG711(bytes: Uint8Array, format: G711): Int16Array {
  const table = format === 'audio/pcmu' ? muLawTable : aLawTable;
  return Int16Array.from(bytes, (byte) => table[byte] ?? 0);
}

/** The bytes seen as PCM16 without copying when they lie evenly in memory. */
export function asSamples(pcm: Uint8Array): Int16Array {
  const even = pcm.byteOffset % 2 === 0 ? pcm : new Uint8Array(pcm);
  return new Int16Array(even.buffer, even.byteOffset, even.byteLength >> 1);
}

function encodeMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(CLIP, Math.abs(sample)) + BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

function encodeALaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = Math.min(32767, sample < 0 ? ~sample : sample);
  const exponent = Math.max(0, 31 - Math.clz32(magnitude | 1) - 7);
  const mantissa = exponent === 0 ? magnitude >> 4 : magnitude >> (exponent + 3);
  return (sign | (exponent << 4) | (mantissa & 0x0f)) ^ 0x55;
}

const muLawTable = Int16Array.from({ length: 256 }, (_, byte) => {
  const value = ~byte & 0xff;
  const magnitude = ((((value & 0x0f) << 3) + BIAS) << ((value >> 4) & 7)) - BIAS;
  return value & 0x80 ? -magnitude : magnitude;
});

const aLawTable = Int16Array.from({ length: 256 }, (_, byte) => {
  const value = byte ^ 0x55;
  const exponent = (value >> 4) & 7;
  const base = ((value & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? base : (base + 0x100) << (exponent - 1);
  return value & 0x80 ? magnitude : -magnitude;
});
