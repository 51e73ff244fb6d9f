import { describe, expect, it } from 'vitest';
import { readBinaryFrame, readTextFrame } from './client-frame.ts';

const pcm = Buffer.from(Int16Array.from({ length: 2400 }, (_, i) => i * 13 - 9000).buffer);
const read = (value: unknown) =>
  readTextFrame(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

describe('a text frame with audio', () => {
  const data = pcm.toString('base64');
  const ways: [string, string][] = [
    ['as the SDK writes it', `{"type":"audio.chunk","data":"${data}"}`],
    ['with its format', JSON.stringify({ type: 'audio.chunk', data, format: 'pcm', sampleRate: 24000 })],
    ['with the fields in another order', JSON.stringify({ sampleRate: 24000, data, type: 'audio.chunk' })],
    ['with white space', JSON.stringify({ type: 'audio.chunk', data }, null, 2)],
    ['with a time stamp we do not know', JSON.stringify({ type: 'audio.chunk', data, timestamp: 1 })],
    ['with escaped slashes', `{"type":"audio.chunk","data":"${data.replaceAll('/', '\\/')}"}`],
    ['without padding', `{"type":"audio.chunk","data":"${data.replaceAll('=', '')}"}`],
  ];
  it.each(ways)('gives the same samples %s', (_name, text) => {
    const frame = read(text);
    expect(frame.kind).toBe('audio');
    if (frame.kind === 'audio') expect(frame.audio.pcm.equals(pcm)).toBe(true);
  });

  it.each([
    ['not base64 at all', '!!!'],
    ['base64 with a stranger in it', `${data.slice(0, 8)}*${data.slice(9)}`],
    ['base64url', Buffer.from([0xff, 0xef, 0xbe, 0xff]).toString('base64url')],
  ])('refuses %s', (_name, bad) => {
    expect(read({ type: 'audio.chunk', data: bad })).toMatchObject({ kind: 'error', id: 'BAD_BASE64' });
    expect(read(`{"type":"audio.chunk","data":"${bad}"}`)).toMatchObject({ kind: 'error', id: 'BAD_BASE64' });
  });

  it('refuses half a sample', () => {
    const odd = Buffer.alloc(241).toString('base64');
    expect(read({ type: 'audio.chunk', data: odd })).toMatchObject({ kind: 'error', id: 'ODD_PCM' });
    expect(readBinaryFrame(Buffer.alloc(241))).toMatchObject({ kind: 'error', id: 'ODD_PCM' });
  });

  it('refuses another sample rate, which would be heard at the wrong speed', () => {
    expect(read({ type: 'audio.chunk', data, sampleRate: 16000 })).toMatchObject({
      kind: 'error',
      id: 'BAD_FIELD',
    });
  });
});

describe('a text frame', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['half of it', '{"type":"audio.chunk","data":"AAAA'],
    ['a number', '7'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no type', '{}'],
    ['a type that is no text', '{"type":7}'],
  ])('that is %s is refused as no message', (_name, text) => {
    expect(read(text)).toMatchObject({ kind: 'error', id: 'NOT_JSON' });
  });

  it('of an unknown type is refused', () => {
    expect(read({ type: 'session.steal' })).toMatchObject({ kind: 'error', id: 'UNKNOWN_TYPE' });
    expect(read({ type: '__proto__' })).toMatchObject({ kind: 'error', id: 'UNKNOWN_TYPE' });
  });

  it.each([
    [{ type: 'session.start', voiceMode: 'walkie-talkie' }, 'voiceMode'],
    [{ type: 'session.start', fingerprint: 7 }, 'fingerprint'],
    [{ type: 'session.set_mode' }, 'voiceMode'],
    [{ type: 'ack', seq: -1 }, 'seq'],
    [{ type: 'ack', seq: 1, playedMs: 'all' }, 'playedMs'],
    [{ type: 'text.input', text: '   ' }, 'text'],
    [{ type: 'audio.chunk', data: 5 }, 'data'],
  ])('with a wrong field is refused, and the field is named: %o', (message, name) => {
    const frame = read(message);
    expect(frame).toMatchObject({ kind: 'error', id: 'BAD_FIELD' });
    if (frame.kind === 'error') expect(frame.detail).toContain(name);
  });

  it('is read with the fields of the protocol, and others left out', () => {
    expect(read({ type: 'session.start', voiceMode: 'open-mic', audio: 'binary', timestamp: 5 })).toEqual({
      kind: 'message',
      message: { type: 'session.start', voiceMode: 'open-mic', audio: 'binary' },
    });
  });
});
