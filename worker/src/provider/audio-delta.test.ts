import { describe, expect, it } from 'vitest';
import { readAudioDelta } from './audio-delta.ts';

const pcm = Buffer.from(Uint8Array.from({ length: 4800 }, (_, i) => (i * 7) % 256));
const event = {
  type: 'response.output_audio.delta',
  event_id: 'event_1',
  response_id: 'resp_1',
  item_id: 'item_1',
  output_index: 0,
  content_index: 0,
  delta: pcm.toString('base64'),
};

const { type, delta, ...ids } = event;
const audioFirst = JSON.stringify({ type, delta, ...ids });

describe('an audio delta', () => {
  it.each([
    ['as it is written', JSON.stringify(event)],
    ['with blanks after the colons', JSON.stringify(event, null, 1).replaceAll('\n', '')],
    ['with the audio before the ids', audioFirst],
  ])('is cut out of the event %s', (_name, text) => {
    const found = readAudioDelta(Buffer.from(text));
    expect(found).toMatchObject({ eventId: 'event_1', responseId: 'resp_1' });
    expect(found?.pcm.equals(pcm)).toBe(true);
  });

  it.each([
    ['of another type', JSON.stringify({ ...event, type: 'response.output_audio_transcript.delta' })],
    ['with escapes in it', JSON.stringify(event).replaceAll('/', '\\/')],
    ['without an id', JSON.stringify({ ...event, response_id: undefined })],
    ['too short to be worth it', JSON.stringify({ ...event, delta: 'AAAA' })],
    ['that only quotes one', JSON.stringify({ type: 'error', message: 'x'.repeat(2000), note: event.type })],
  ])('leaves an event %s to JSON.parse', (_name, text) => {
    expect(readAudioDelta(Buffer.from(text))).toBeUndefined();
  });
});
