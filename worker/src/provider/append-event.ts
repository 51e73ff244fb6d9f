const head = Buffer.from('{"type":"input_audio_buffer.append","audio":"');
const tail = Buffer.from('"}');
/** Used again for every event: `ws` copies what it is given while it masks it. */
const event = Buffer.allocUnsafeSlow(128 * 1024);
head.copy(event);

/**
 * The event that gives the voice service audio. Put together by hand because it is the most frequent there is, and
 * base64 needs no escaping.
 * @param base64 in ASCII
 * @returns good until the next call
 */
export function appendEvent(base64: Buffer): Buffer {
  const length = head.length + base64.length + tail.length;
  if (length > event.length) return Buffer.concat([head, base64, tail]);
  event.set(base64, head.length);
  event.set(tail, head.length + base64.length);
  return event.subarray(0, length);
}
