import {
  OpenAIRealtimeWebSocket,
  RealtimeAgent,
  RealtimeSession,
  type RealtimeSessionEventTypes,
  type TransportEvent,
  tool,
} from '@openai/agents-realtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../server.ts';
import { recording, silence } from './client.ts';

let emulator: Emulator;
let question: Buffer;
const open: RealtimeSession[] = [];

beforeAll(async () => {
  emulator = await startEmulator({
    script: { speedUp: 40, firstAudioMs: 20, heard: ['What are your opening hours?'] },
  });
  question = await recording(emulator.url, 'What are your opening hours?');
});

afterAll(async () => {
  for (const session of open) session.close();
  await emulator.close();
});

const searches: string[] = [];

const searchKnowledge = tool({
  name: 'search_knowledge',
  description: 'Looks something up.',
  strict: false,
  parameters: {
    type: 'object',
    properties: { query: { type: 'string' } },
    required: ['query'],
    additionalProperties: true,
  },
  execute: async (input: unknown) => {
    searches.push((input as { query: string }).query);
    return JSON.stringify({ results: [{ text: 'Our opening hours are nine to five.' }] });
  },
});

interface Connected {
  session: RealtimeSession;
  received: TransportEvent[];
  until: (matches: (event: TransportEvent) => boolean) => Promise<TransportEvent>;
}

/** An agent as its documentation shows it, connected to the emulator. */
async function connected(patch: Record<string, unknown> = {}, tools = [searchKnowledge]): Promise<Connected> {
  const agent = new RealtimeAgent({ name: 'desk', instructions: 'Answer briefly.', tools });
  const transport = new OpenAIRealtimeWebSocket();
  const session = new RealtimeSession(agent, { transport, model: 'gpt-realtime-2.1' });
  open.push(session);
  const received: TransportEvent[] = [];
  const waiting: (() => void)[] = [];
  session.on('transport_event', (event) => {
    received.push(event);
    for (const wake of waiting.splice(0)) wake();
  });
  session.on('error', () => {});
  const marker = `[emulator:${JSON.stringify(patch)}]`;
  const url = `${emulator.url.replace('http', 'ws')}/v1/realtime?model=${encodeURIComponent(`gpt-realtime-2.1${marker}`)}`;
  await session.connect({ apiKey: 'sk-test', url });
  let read = 0;
  const until = async (matches: (event: TransportEvent) => boolean): Promise<TransportEvent> => {
    for (;;) {
      while (read < received.length) {
        const event = received[read++];
        if (event && matches(event)) return event;
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { session, received, until };
}

const ofType = (type: string) => (event: TransportEvent) => event.type === type;

function append(session: RealtimeSession, pcm: Buffer): void {
  for (let at = 0; at < pcm.length; at += 960) {
    const piece = pcm.subarray(at, at + 960);
    session.sendAudio(piece.buffer.slice(piece.byteOffset, piece.byteOffset + piece.length) as ArrayBuffer);
  }
}

const withoutTools: (typeof searchKnowledge)[] = [];

test('an agent is spoken to and answers in speech', async () => {
  const { session, until } = await connected({ answers: [{ say: 'We open at nine.' }] }, withoutTools);
  let audioBytes = 0;
  session.on('audio', (event: RealtimeSessionEventTypes['audio'][0]) => {
    audioBytes += event.data.byteLength;
  });
  append(session, Buffer.concat([question, silence(900)]));
  await until(ofType('response.done'));
  expect(audioBytes / 48).toBeGreaterThan(500);
  expect(JSON.stringify(session.history)).toContain('We open at nine.');
});

test('an agent runs its tool when the model asks, and the answer comes from it', async () => {
  const { session, until } = await connected();
  session.sendMessage('What are your opening hours?');
  await until(ofType('response.function_call_arguments.done'));
  const said = await until(ofType('response.output_audio_transcript.done'));
  expect(searches).toEqual(['What are your opening hours?']);
  expect(said).toMatchObject({ transcript: 'Our opening hours are nine to five.' });
});

test('an agent is interrupted by speech and truncates what it said', async () => {
  const { session, until } = await connected({ speedUp: 1, answers: [{ answerMs: 20_000 }] }, withoutTools);
  const interrupted = new Promise<void>((resolve) => session.on('audio_interrupted', () => resolve()));
  session.sendMessage('Tell me a story.');
  await until(ofType('response.output_audio.delta'));
  append(session, question);
  await until(ofType('input_audio_buffer.speech_started'));
  await interrupted;
  const done = await until(ofType('response.done'));
  expect(done).toMatchObject({ response: { status: 'cancelled' } });
  await until(ofType('conversation.item.truncated'));
});

test('an agent hears of an error and goes on', async () => {
  const { session, until } = await connected({ answers: [{ say: 'Still here.' }] }, withoutTools);
  session.transport.sendEvent({ type: 'conversation.item.delete', item_id: 'item_gone' });
  const event = await until(ofType('error'));
  expect(event).toMatchObject({ error: { code: 'item_delete_invalid_item_id' } });
  session.sendMessage('Are you there?');
  expect(await until(ofType('response.output_audio_transcript.done'))).toMatchObject({
    transcript: 'Still here.',
  });
});
