import { createHash } from 'node:crypto';

/** How a spoken line lies on disk and in Redis: four letters, the SHA-256 of the audio, the audio. */
const magic = Buffer.from('VJP1');
const headerBytes = magic.length + 32;

/** The audio with its checksum. */
export function encodePhrase(pcm: Buffer): Buffer {
  return Buffer.concat([magic, sha256(pcm), pcm]);
}

/** The audio, without a copy; undefined when anything of it is missing or changed. */
export function decodePhrase(stored: Buffer): Buffer | undefined {
  const pcm = stored.subarray(headerBytes);
  if (pcm.length === 0 || pcm.length % 2 !== 0 || !stored.subarray(0, magic.length).equals(magic))
    return undefined;
  return stored.subarray(magic.length, headerBytes).equals(sha256(pcm)) ? pcm : undefined;
}

/** The name of a line in every cache: the same for all processes, different for anything heard differently. */
export function phraseHash(
  { baseUrl, model }: { baseUrl: string; model: string },
  voice: string,
  text: string,
): string {
  return sha256(JSON.stringify([serviceOf(baseUrl), model, voice, text])).toString('hex');
}

/** A service of this machine may have another port after each start, and is the same. */
function serviceOf(baseUrl: string): string {
  const url = new URL(baseUrl);
  if (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) url.port = '';
  return url.href;
}

function sha256(data: Buffer | string): Buffer {
  return createHash('sha256').update(data).digest();
}
