import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@vjj/deploy/free-port.ts';
import { startTestEmulator, type TestEmulator } from '@vjj/deploy/test-emulator.ts';
import { durationMs } from '@vjj/shared/audio.ts';
import { VjjError } from '@vjj/shared/errors.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { speechRms } from './loudness.ts';
import { openAISpeech, type SpeechSettings } from './speech-service.ts';

const path = '/v1/audio/speech';
let emulator: TestEmulator;
let odd: Server;

beforeAll(async () => {
  emulator = await startTestEmulator();
});
afterAll(() => emulator[Symbol.asyncDispose]());
afterEach(async () => {
  await emulator.clearFaults();
  odd?.closeAllConnections();
  odd?.close();
});

function speech(change: Partial<SpeechSettings> = {}) {
  return openAISpeech({
    apiKey: 'sk-test',
    baseUrl: emulator.baseUrl,
    model: 'gpt-4o-mini-tts',
    timeoutMs: 5000,
    ...change,
  });
}

async function failure(attempt: Promise<Buffer>): Promise<VjjError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof VjjError)) throw new Error(`expected an error of the table, got ${String(error)}`);
  return error;
}

/** A voice service that answers every request with these bytes, or with their beginning and then nothing. */
async function serving(body: Buffer, promisedBytes = body.length): Promise<string> {
  odd = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'audio/pcm', 'content-length': promisedBytes });
    response.write(body);
    if (promisedBytes === body.length) response.end();
  });
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(odd.address() as AddressInfo).port}/v1`;
}

describe('having a line spoken', () => {
  it('gives PCM16 without the silence around it', async () => {
    const pcm = await speech().synthesise('marin', 'One moment, please.');
    expect(pcm.length % 2).toBe(0);
    expect(durationMs(pcm.length)).toBeGreaterThan(400);
    expect(durationMs(pcm.length)).toBeLessThan(3000);
    expect(speechRms(pcm)).toBeGreaterThan(500);
    expect(speechRms(pcm.subarray(0, 48 * 60))).toBeGreaterThan(0);
  });

  it.each([
    [{ status: 401, code: 'invalid_api_key' }, 'PROVIDER_AUTH', 'OPENAI_API_KEY'],
    [{ status: 403 }, 'PROVIDER_AUTH', 'OPENAI_TTS_MODEL'],
    [
      { status: 429, code: 'insufficient_quota' },
      'PROVIDER_BUSY',
      'insufficient_quota; check the rate limits',
    ],
    [{ status: 404, code: 'model_not_found' }, 'UNKNOWN_VOICE', 'OPENAI_TTS_MODEL'],
    [{ status: 400, code: 'content_policy' }, 'PROVIDER_ERROR', "the agent's lines"],
    [{ status: 503 }, 'PROVIDER_UNREACHABLE', 'status page'],
  ] as const)('%o is %s, and says what to check', async (fault, id, check) => {
    await emulator.fault({ kind: 'http', path, ...fault });
    const error = await failure(speech().synthesise('marin', 'The line itself.'));
    expect(error.id).toBe(id);
    expect(error.detail).toContain(check);
    expect(error.detail).not.toContain('The line itself');
  });

  it('can be set up without a key: that is for the service to refuse', async () => {
    await emulator.fault({ kind: 'http', path, status: 401 });
    expect((await failure(speech({ apiKey: '' }).synthesise('marin', 'Hello.'))).id).toBe('PROVIDER_AUTH');
  });

  it('names a voice that does not exist', async () => {
    const error = await failure(speech().synthesise('nobody', 'Hello.'));
    expect(error.id).toBe('UNKNOWN_VOICE');
    expect(error.detail).toContain('"nobody"');
    expect(error.detail).toContain('OPENAI_VOICE');
  });

  it('does not wait for a service that does not answer', async () => {
    await emulator.fault({ kind: 'http', path, hang: true });
    const error = await failure(speech({ timeoutMs: 150 }).synthesise('marin', 'Hello.'));
    expect(error.id).toBe('PROVIDER_TIMEOUT');
    expect(error.detail).toContain('150 ms');
  });

  it('does not wait for audio that stops in the middle', async () => {
    const baseUrl = await serving(Buffer.alloc(1000, 1), 2000);
    const error = await failure(speech({ baseUrl, timeoutMs: 150 }).synthesise('marin', 'Hello.'));
    expect(error.id).toBe('PROVIDER_TIMEOUT');
  });

  it('tells that nobody is there', async () => {
    const baseUrl = `http://127.0.0.1:${await freePort()}/v1`;
    const error = await failure(speech({ baseUrl }).synthesise('marin', 'Hello.'));
    expect(error.id).toBe('PROVIDER_UNREACHABLE');
    expect(error.detail).toContain('OPENAI_BASE_URL');
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a sample', Buffer.alloc(4801, 40)],
    ['silence', Buffer.alloc(48_000)],
    ['more than two minutes', Buffer.alloc(121 * 48_000, 40)],
  ])('refuses %s', async (_what, body) => {
    const error = await failure(speech({ baseUrl: await serving(body) }).synthesise('marin', 'Hello.'));
    expect(error.id).toBe('BAD_SPEECH');
  });

  it.each([
    ['empty', '  '],
    ['endless', 'a'.repeat(2000)],
  ])('does not ask for an %s line', async (_what, text) => {
    await emulator.fault({ kind: 'http', path, id: 'asked' });
    const error = await failure(speech().synthesise('marin', text));
    expect(error.id).toBe('BAD_SPEECH');
    expect(await emulator.struck('asked')).toBe(0);
  });
});
