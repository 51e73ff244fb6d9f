import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../server.ts';
import { recording, silence, TestSession } from './client.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vjj-wire-types-'));

let emulator: Emulator;
let question: Buffer;

beforeAll(async () => {
  emulator = await startEmulator({ script: { speedUp: 40, firstAudioMs: 10, inputTranscriptMs: 10 } });
  question = await recording(emulator.url, 'How long is the warranty?');
});

afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

type Json = Record<string, unknown>;

/** Drops from an object those fields that are null. */
function withoutNulls(value: unknown, fields: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const field of fields) if (Reflect.get(value, field) === null) Reflect.deleteProperty(value, field);
}

/**
 * The whole list of what the real wire was seen to send although the package's types do not declare
 * it; each is undone here, so that everything else must fit the types to the letter.
 */
const deviations: { what: string; undo: (event: Json) => void }[] = [
  {
    what: 'text deltas carry padding (`obfuscation`)',
    undo: (event) => void delete event.obfuscation,
  },
  {
    what: 'a session shows its id, object and end, and null for "off"',
    undo: ({ session }) => {
      if (!session) return;
      const shown = session as Json;
      for (const field of ['id', 'object', 'expires_at']) delete shown[field];
      withoutNulls(shown, ['include']);
      withoutNulls((shown.audio as Json | undefined)?.input, ['transcription', 'noise_reduction']);
    },
  },
  {
    what: 'a response shows null for "not yet" and for "no conversation"',
    undo: ({ response }) => withoutNulls(response, ['status_details', 'usage', 'conversation_id']),
  },
  {
    what: "a user's spoken words are null until transcribed",
    undo: ({ item }) => {
      const content = (item as Json | undefined)?.content;
      if (Array.isArray(content)) for (const part of content) withoutNulls(part, ['transcript']);
    },
  },
];

/** Types alone, so that of a thousand alike events one is checked. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((inner) => JSON.stringify(shapeOf(inner))))];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'type' ? inner : shapeOf(inner)]),
  );
}

async function connected(patch: ConstructorParameters<typeof TestSession>[1] = {}): Promise<TestSession> {
  const session = new TestSession(emulator.url, patch);
  await session.next('session.created');
  return session;
}

/** Turns that together make the emulator send every kind of event it knows. */
async function everyKindOfEvent(): Promise<Json[]> {
  const spoken = await connected({ answers: [{ say: 'Five years.' }], idleTimeoutMs: 10 });
  await spoken.update({
    instructions: 'Be brief.',
    audio: {
      input: {
        transcription: { model: 'gpt-transcribe' },
        turn_detection: { type: 'server_vad', idle_timeout_ms: 5000 },
      },
    },
  });
  spoken.speak(Buffer.concat([question, silence(400)]));
  await spoken.next('input_audio_buffer.timeout_triggered');
  await spoken.next('response.created');
  spoken.send({ type: 'input_audio_buffer.clear' });
  await spoken.next('input_audio_buffer.cleared');
  spoken.send({ type: 'response.cancel' });
  await spoken.next('response.done');

  const tool = await connected({ toolCalls: [{ name: 'book', arguments: { at: 'nine', people: 2 } }] });
  await tool.update({ tools: [{ type: 'function', name: 'book', description: 'Books.', parameters: {} }] });
  tool.type('Book a table');
  tool.send({ type: 'response.create' });
  const call = await tool.next('response.function_call_arguments.done');
  await tool.next('response.done');
  const output = { type: 'function_call_output', call_id: call.call_id, output: 'Booked.' };
  tool.send({ type: 'conversation.item.create', item: output });
  tool.send({ type: 'response.create', response: { output_modalities: ['text'], metadata: { a: 'b' } } });
  const written = await tool.next('response.output_text.done');
  await tool.next('response.done');
  tool.send({ type: 'conversation.item.retrieve', item_id: written.item_id });
  await tool.next('conversation.item.retrieved');
  tool.send({ type: 'conversation.item.delete', item_id: written.item_id });
  await tool.next('conversation.item.deleted');

  const cut = await connected({ answers: [{ answerMs: 6000 }], transcriptFails: true });
  await cut.update({ audio: { input: { turn_detection: null, transcription: { model: 'whisper-1' } } } });
  cut.speak(question);
  cut.send({ type: 'input_audio_buffer.commit' });
  await cut.next('conversation.item.input_audio_transcription.failed');
  cut.send({ type: 'response.create', response: { max_output_tokens: 20 } });
  const { response } = await cut.next('response.done');
  const item_id = response.output?.[0]?.id;
  cut.send({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 50 });
  await cut.next('conversation.item.truncated');
  cut.send({ type: 'response.create', response: { conversation: 'none' } });
  await cut.next('response.done');

  const failed = await connected({
    faults: [{ kind: 'fail-response', code: 'x', message: 'y', afterAudioMs: 100 }],
  });
  failed.send({ type: 'response.create' });
  await failed.next('response.done');
  failed.send({ type: 'response.cancel' });
  await failed.next('error');

  const sessions = [spoken, tool, cut, failed];
  for (const session of sessions) session.close();
  return sessions
    .flatMap((session) => session.events)
    .map((event) => structuredClone(event) as unknown as Json);
}

/** Type-checks one constant per event; gives the numbers of the lines that do not fit. */
function misfits(events: readonly Json[]): { lines: number[]; output: string } {
  const source = events.map(
    (event, at) => `export const e${at}: RealtimeServerEvent = ${JSON.stringify(event)};`,
  );
  const types = join(root, 'node_modules/openai/resources/realtime/realtime.js');
  // The import stands on the last line, so that line n is event n.
  const text = [...source, `import type { RealtimeServerEvent } from ${JSON.stringify(types)};`].join('\n');
  writeFileSync(join(folder, 'events.ts'), text);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        module: 'nodenext',
        target: 'es2024',
        lib: ['es2024', 'dom'],
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      },
      files: ['events.ts'],
    }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  const found = [...stdout.matchAll(/^(.*?)\((\d+),\d+\): error/gm)];
  for (const [line, file] of found)
    if (!file?.endsWith('events.ts')) throw new Error(`outside the events: ${line}`);
  return { lines: [...new Set(found.map((match) => Number(match[2]) - 1))], output: stdout };
}

test("every event fits the openai package's types, but for a listed few fields", {
  timeout: 30_000,
}, async () => {
  const shapes = new Map<string, Json>();
  for (const event of await everyKindOfEvent()) {
    if (event.type === 'response.output_audio.delta') event.delta = 'AAAA';
    for (const deviation of deviations) deviation.undo(event);
    const shape = JSON.stringify(shapeOf(event));
    if (!shapes.has(shape)) shapes.set(shape, event);
  }
  const events = [...shapes.values()];
  expect(new Set(events.map((event) => event.type))).toEqual(
    new Set([
      'conversation.item.added',
      'conversation.item.deleted',
      'conversation.item.done',
      'conversation.item.input_audio_transcription.completed',
      'conversation.item.input_audio_transcription.delta',
      'conversation.item.input_audio_transcription.failed',
      'conversation.item.retrieved',
      'conversation.item.truncated',
      'error',
      'input_audio_buffer.cleared',
      'input_audio_buffer.committed',
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.timeout_triggered',
      'rate_limits.updated',
      'response.content_part.added',
      'response.content_part.done',
      'response.created',
      'response.done',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_audio.delta',
      'response.output_audio.done',
      'response.output_audio_transcript.delta',
      'response.output_audio_transcript.done',
      'response.output_item.added',
      'response.output_item.done',
      'response.output_text.delta',
      'response.output_text.done',
      'session.created',
      'session.updated',
    ]),
  );
  const { lines, output } = misfits(events);
  expect(
    lines.map((at) => events[at]?.type),
    output,
  ).toEqual([]);
  // The check itself: without a required field, or with one too many, each event is refused.
  const short = events.map(({ event_id: _eventId, ...rest }) => rest);
  expect(misfits(short).lines).toHaveLength(events.length);
  expect(misfits(events.map((event) => ({ ...event, surprise: true }))).lines).toHaveLength(events.length);
});
