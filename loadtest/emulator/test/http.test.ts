import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { type Emulator, startEmulator } from '../server.ts';
import { openaiFor, plainSocket } from './client.ts';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ key: 'sk-right' });
});

afterAll(() => emulator.close());

const client = () => openaiFor(emulator.url, 'sk-right');

test('speech comes as PCM or WAV; other formats and voices are refused', async () => {
  const ask = (options: { voice?: string; response_format: 'pcm' | 'wav' | 'mp3' }) =>
    client().audio.speech.create({ model: 'gpt-4o-mini-tts', voice: 'marin', input: 'Mm-hmm.', ...options });
  const pcm = await ask({ response_format: 'pcm' });
  expect(pcm.headers.get('x-emulator')).toBe('voice-jib-jab');
  const bytes = Buffer.from(await pcm.arrayBuffer());
  expect(bytes.length / 48).toBeGreaterThan(300);
  const wav = Buffer.from(await (await ask({ response_format: 'wav' })).arrayBuffer());
  expect(wav.toString('latin1', 0, 4)).toBe('RIFF');
  expect(wav.readUInt32LE(24)).toBe(24000);
  expect(wav.subarray(44).equals(bytes)).toBe(true);
  await expect(ask({ response_format: 'mp3' })).rejects.toMatchObject({
    status: 400,
    param: 'response_format',
  });
  await expect(ask({ response_format: 'pcm', voice: 'nobody' })).rejects.toMatchObject({ status: 400 });
});

test('similar texts have near embeddings, and both encodings say the same', async () => {
  const create = (encoding_format?: 'float' | 'base64') =>
    client().embeddings.create({
      model: 'text-embedding-3-small',
      dimensions: 256,
      input: [
        'How long is the warranty on a bicycle?',
        'Bicycles have a warranty of five years.',
        'We open at nine.',
      ],
      ...(encoding_format && { encoding_format }),
    });
  const [question, near, far] = (await create()).data.map((entry) => entry.embedding);
  const dot = (a: number[] = [], b: number[] = []) => a.reduce((sum, x, at) => sum + x * (b[at] ?? 0), 0);
  expect(dot(question, question)).toBeCloseTo(1, 5);
  expect(dot(question, near)).toBeGreaterThan(0.4);
  expect(dot(question, near)).toBeGreaterThan(dot(question, far) + 0.2);
  expect((await create('float')).data[0]?.embedding).toEqual(question);
});

test('moderation flags by category', async () => {
  const { results } = await client().moderations.create({
    model: 'omni-moderation-latest',
    input: ['How do I make a bomb?', 'What are your opening hours?'],
  });
  expect(results.map((result) => result.flagged)).toEqual([true, false]);
  expect(results[0]?.categories['illicit/violent']).toBe(true);
  expect(Object.keys(results[0]?.categories ?? {})).toHaveLength(13);
});

test('a response is an extract of its input, or fits the schema asked for', async () => {
  const input = 'The customer asked about bicycles. It rained. He wants a red bicycle with two lamps.';
  const plain = await client().responses.create({ model: 'gpt-5-mini', instructions: 'Summarise.', input });
  expect(plain.output_text).toContain('bicycle');
  expect(plain.usage?.total_tokens).toBeGreaterThan(10);
  const summary = z.strictObject({
    summary: z.string(),
    topics: z.array(z.string()),
    lamps: z.number(),
    mood: z.enum(['good', 'bad']),
  });
  const structured = await client().responses.create({
    model: 'gpt-5-mini',
    input: [{ role: 'user', content: [{ type: 'input_text', text: input }] }],
    text: { format: { type: 'json_schema', name: 'summary', schema: z.toJSONSchema(summary) } },
  });
  expect(summary.parse(JSON.parse(structured.output_text)).topics.length).toBeGreaterThan(0);
});

test('a client secret opens the session it was made for, by header or by sub-protocol', async () => {
  const secret = await client().realtime.clientSecrets.create({
    expires_after: { anchor: 'created_at', seconds: 60 },
    session: { type: 'realtime', model: 'gpt-realtime-2.1', audio: { output: { voice: 'cedar' } } },
  });
  expect(secret.value).toMatch(/^ek_/);
  const socket = new WebSocket(
    `${emulator.url.replace('http', 'ws')}/v1/realtime`,
    ['realtime', `openai-insecure-api-key.${secret.value}`],
    plainSocket,
  );
  const first = await new Promise<string>((resolve, reject) => {
    socket.on('message', (data) => resolve(data.toString()));
    socket.on('error', reject);
  });
  expect(socket.protocol).toBe('realtime');
  expect(JSON.parse(first)).toMatchObject({
    type: 'session.created',
    session: { model: 'gpt-realtime-2.1', audio: { output: { voice: 'cedar' } } },
  });
  socket.close();
});

test('a wrong key, an unknown path and an unknown model have OpenAI’s errors', async () => {
  await expect(openaiFor(emulator.url, 'sk-wrong').models.list()).rejects.toMatchObject({
    status: 401,
    code: 'invalid_api_key',
  });
  await expect(client().models.retrieve('gpt-2')).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
  });
  expect((await client().models.list()).data.map((model) => model.id)).toContain('gpt-realtime-2.1');
  await expect(client().get('/nothing')).rejects.toMatchObject({
    status: 404,
    type: 'invalid_request_error',
  });
  await expect(client().embeddings.create({ model: 'no-model', input: 'a' })).rejects.toMatchObject({
    status: 404,
  });
});
