const marker = 'response.output_audio.delta"';
/** The type stands near the beginning of an event. */
const typeWithinBytes = 160;
const quote = 0x22;
const backslash = 0x5c;
/** Shorter events are parsed as JSON; the saving is in long ones. */
const worthItBytes = 1024;

/** Used again for every event; a second and a third. */
const decoded = Buffer.allocUnsafeSlow(64 * 1024);

export interface AudioDelta {
  eventId: string;
  responseId: string;
  /** Good until the next one is read. */
  pcm: Buffer;
}

/**
 * Cuts the audio out of a `response.output_audio.delta` event without parsing its JSON.
 * Undefined when the event is of another type or not written as expected: then JSON.parse decides.
 */
export function readAudioDelta(event: Buffer): AudioDelta | undefined {
  if (event.length < worthItBytes) return undefined;
  if (!event.toString('latin1', 0, typeWithinBytes).includes(marker)) return undefined;
  const audio = stringField(event, '"delta"');
  const responseId = stringField(event, '"response_id"');
  const eventId = stringField(event, '"event_id"');
  if (audio === undefined || responseId === undefined || eventId === undefined) return undefined;
  return { eventId, responseId, pcm: pcmOf(audio) };
}

function pcmOf(base64: string): Buffer {
  const longest = Math.ceil(base64.length / 4) * 3;
  if (longest > decoded.length) return Buffer.from(base64, 'base64');
  return decoded.subarray(0, decoded.write(base64, 'base64'));
}

/** The value of a string field without escapes; `name` with its quotes. */
function stringField(event: Buffer, name: string): string | undefined {
  const at = event.indexOf(name, 0, 'latin1');
  if (at === -1) return undefined;
  const begin = event.indexOf(quote, at + name.length) + 1;
  const end = event.indexOf(quote, begin);
  // Between name and value stand a colon and perhaps blanks, nothing else.
  if (begin === 0 || end === -1 || begin - at - name.length > 4) return undefined;
  const value = event.toString('latin1', begin, end);
  return value.includes(String.fromCharCode(backslash)) ? undefined : value;
}
