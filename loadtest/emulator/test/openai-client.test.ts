import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../server.ts';
import { control, recording, silence, TestSession } from './client.ts';

let emulator: Emulator;
let question: Buffer;
const open: TestSession[] = [];

beforeAll(async () => {
  emulator = await startEmulator();
  question = await recording(emulator.url, 'How long is the warranty?');
});

afterAll(async () => {
  for (const session of open) session.close();
  await emulator.close();
});

/** Speech comes 40 times faster than it plays, so that a test takes no longer than it must. */
async function session(patch: ConstructorParameters<typeof TestSession>[1] = {}): Promise<TestSession> {
  const opened = new TestSession(emulator.url, {
    speedUp: 40,
    firstAudioMs: 20,
    inputTranscriptMs: 30,
    ...patch,
  });
  open.push(opened);
  await opened.next('session.created');
  return opened;
}

const SEARCH = {
  type: 'function',
  name: 'search_knowledge',
  description: 'Looks something up.',
  parameters: { type: 'object', properties: { query: { type: 'string' } } },
} as const;

test('a spoken turn arrives in the order and shape of the real wire', async () => {
  const s = await session({
    heard: ['Where are you?'],
    answers: [{ say: 'We are in the old mill by the river.' }],
  });
  await s.update({ audio: { input: { transcription: { model: 'gpt-transcribe' } } } });
  s.speak(Buffer.concat([silence(200), question, silence(400)]));
  const done = await s.next('response.done');
  await s.next('rate_limits.updated');
  const started = s.events.find((event) => event.type === 'input_audio_buffer.speech_started');
  const committed = s.events.find((event) => event.type === 'input_audio_buffer.committed');
  expect(committed?.item_id).toBe(started?.item_id);
  const order = s.events
    .map((event) => event.type)
    .filter((type) => !type.includes('input_audio_transcription') && !type.endsWith('.delta'));
  expect(order).toEqual([
    'session.created',
    'session.updated',
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'conversation.item.done',
    'response.output_item.done',
    'response.done',
    'rate_limits.updated',
  ]);
  const deltas = s.events.filter((event) => event.type === 'response.output_audio_transcript.delta');
  expect(deltas.map((event) => event.delta).join('')).toBe('We are in the old mill by the river.');
  expect(deltas.every((event) => 'obfuscation' in event)).toBe(true);
  expect(done.response.status).toBe('completed');
  expect(done.response.usage?.total_tokens).toBeGreaterThan(20);
  for (const event of s.events)
    expect('event_id' in event && event.event_id).toMatch(/^event_[A-Za-z0-9]{21}$/);
  expect(done.response.id).toMatch(/^resp_[A-Za-z0-9]{21}$/);
  expect(started?.item_id).toMatch(/^item_[A-Za-z0-9]{21}$/);
});

test('the audio is a voice of natural speed, and only the report knows when each word sounds', async () => {
  const text = 'Our desk is open from nine to five, and on Saturdays until noon.';
  const s = await session({ answers: [{ say: text }] });
  s.send({ type: 'response.create' });
  const { response } = await s.next('response.done');
  const audio = s.events.filter((event) => event.type === 'response.output_audio.delta');
  const pcm = Buffer.concat(audio.map((event) => Buffer.from(event.delta, 'base64')));
  const ms = pcm.length / 48;
  expect((text.length * 1000) / ms).toBeGreaterThan(10);
  expect((text.length * 1000) / ms).toBeLessThan(20);
  const { responses } = (await control(emulator.url, 'GET', `report?response=${response.id}`)) as {
    responses: { words: { text: string; startMs: number; endMs: number }[]; sentAudioMs: number }[];
  };
  const words = responses[0]?.words ?? [];
  expect(words.map((word) => word.text).join(' ')).toBe(text);
  expect(responses[0]?.sentAudioMs).toBe(ms);
  // The pause after the comma: silence there, sound in the words around it.
  const level = (from: number, to: number) => {
    const samples = new Int16Array(
      pcm.buffer,
      pcm.byteOffset + Math.round(from) * 48,
      Math.round(to - from) * 24,
    );
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  };
  const five = words[7];
  const and = words[8];
  if (!five || !and) throw new Error('words are missing');
  expect(and.startMs - five.endMs).toBeGreaterThan(100);
  expect(level(five.endMs + 10, and.startMs - 10)).toBeLessThan(100);
  expect(level(five.startMs, five.endMs)).toBeGreaterThan(500);
  expect(level(and.startMs, and.endMs)).toBeGreaterThan(500);
});

test('the words of the user come on their own time, or fail, or never come', async () => {
  const s = await session({ heard: ['Is the shop open?'] });
  await s.update({ audio: { input: { turn_detection: null, transcription: { model: 'gpt-transcribe' } } } });
  s.speak(question);
  s.send({ type: 'input_audio_buffer.commit' });
  const heard = await s.next('conversation.item.input_audio_transcription.completed');
  expect(heard.transcript).toBe('Is the shop open?');
  const failing = await session({ transcriptFails: true });
  await failing.update({
    audio: { input: { turn_detection: null, transcription: { model: 'gpt-transcribe' } } },
  });
  failing.speak(question);
  failing.send({ type: 'input_audio_buffer.commit' });
  await failing.next('conversation.item.input_audio_transcription.failed');
});

test('a typed question becomes a search, and the answer is drawn from what it found', async () => {
  const s = await session();
  await s.update({ tools: [SEARCH], output_modalities: ['audio'] });
  s.type('How long is the warranty on bicycles?');
  s.send({ type: 'response.create' });
  const call = await s.next('response.function_call_arguments.done');
  expect(JSON.parse(call.arguments)).toEqual({ query: 'How long is the warranty on bicycles?' });
  const first = await s.next('response.done');
  expect(first.response.output?.[0]).toMatchObject({ type: 'function_call', name: 'search_knowledge' });
  s.send({
    type: 'conversation.item.create',
    item: {
      type: 'function_call_output',
      call_id: call.call_id,
      output: JSON.stringify({
        results: [
          { text: 'Returns are free within thirty days.' },
          { text: 'The warranty on bicycles is five years. Lamps have two.' },
        ],
      }),
    },
  });
  s.send({ type: 'response.create' });
  const said = await s.next('response.output_audio_transcript.done');
  expect(said.transcript).toContain('The warranty on bicycles is five years.');
  const second = await s.next('response.done');
  expect(second.response.usage?.input_tokens).toBeGreaterThan(first.response.usage?.input_tokens ?? 0);
});

test('speaking over an answer cancels it; what was sent of it is kept and can be truncated', async () => {
  const s = await session({ speedUp: 1, answers: [{ answerMs: 20_000 }] });
  await s.update({ audio: { input: { turn_detection: { type: 'server_vad', create_response: false } } } });
  s.send({ type: 'response.create' });
  const delta = await s.next('response.output_audio.delta');
  s.speak(question);
  await s.next('input_audio_buffer.speech_started');
  const { response } = await s.next('response.done');
  expect(response.status).toBe('cancelled');
  expect(response.status_details).toEqual({ type: 'cancelled', reason: 'turn_detected' });
  expect(s.types()).toContain('response.output_audio_transcript.done');
  const [item] = response.output ?? [];
  if (item?.type !== 'message' || item.role !== 'assistant') throw new Error('no message');
  expect(item.status).toBe('incomplete');
  const sent = s.events.filter((event) => event.type === 'response.output_audio_transcript.delta');
  expect(item.content[0]?.transcript).toBe(sent.map((event) => event.delta).join(''));
  s.send({ type: 'conversation.item.truncate', item_id: delta.item_id, content_index: 0, audio_end_ms: 60 });
  expect((await s.next('conversation.item.truncated')).audio_end_ms).toBe(60);
  s.send({ type: 'conversation.item.retrieve', item_id: delta.item_id });
  const retrieved = await s.next('conversation.item.retrieved');
  expect(JSON.stringify(retrieved.item)).not.toContain('transcript');
});

test('with interruption off an answer goes on, and the next one waits for its end', async () => {
  const s = await session({ speedUp: 20, answers: [{ answerMs: 4000 }] });
  await s.update({ audio: { input: { turn_detection: { type: 'server_vad', interrupt_response: false } } } });
  s.send({ type: 'response.create' });
  await s.next('response.output_audio.delta');
  s.speak(Buffer.concat([question, silence(300)]));
  await s.next('input_audio_buffer.committed');
  expect((await s.next('response.done')).response.status).toBe('completed');
  expect((await s.next('response.done')).response.status).toBe('completed');
});

test('detection counts audio time: without silence it never hears the end', async () => {
  const s = await session();
  s.speak(question);
  await s.next('input_audio_buffer.speech_started');
  // The server answers in order: what comes before this answer would have been heard by now.
  s.send({ type: 'conversation.item.retrieve', item_id: 'nothing' });
  await s.next('error');
  expect(s.types()).not.toContain('input_audio_buffer.speech_stopped');
  s.speak(silence(300));
  const stopped = await s.next('input_audio_buffer.speech_stopped');
  expect(stopped.audio_end_ms).toBeGreaterThan(question.length / 48);
  expect(stopped.audio_end_ms).toBeLessThanOrEqual(question.length / 48 + 300);
});

test('speech is said to begin a padding before its first sound, and how long an end takes is the setting’s', async () => {
  const end = async (turn_detection: Record<string, unknown>) => {
    const s = await session();
    s.send({ type: 'session.update', session: { type: 'realtime', audio: { input: { turn_detection } } } });
    await s.next('session.updated');
    s.speak(Buffer.concat([silence(1000), question, silence(1500)]));
    const started = await s.next('input_audio_buffer.speech_started');
    const stopped = await s.next('input_audio_buffer.speech_stopped');
    return { startMs: started.audio_start_ms, endMs: stopped.audio_end_ms };
  };
  const quick = await end({ type: 'server_vad', silence_duration_ms: 200, prefix_padding_ms: 100 });
  const padded = await end({ type: 'server_vad', silence_duration_ms: 700, prefix_padding_ms: 400 });
  expect(quick.startMs).toBeGreaterThanOrEqual(900);
  expect(quick.startMs).toBeLessThan(1000);
  expect(quick.startMs - padded.startMs).toBe(300);
  expect(padded.endMs - quick.endMs).toBe(500);
  const eager = await end({ type: 'semantic_vad', eagerness: 'high' });
  const patient = await end({ type: 'semantic_vad', eagerness: 'low' });
  expect(patient.endMs - eager.endMs).toBe(900);
});

test('a marker that says nothing known is an error, not silence', async () => {
  const s = await session();
  s.send({
    type: 'session.update',
    session: { type: 'realtime', instructions: '[emulator:{"answer":"x"}]' },
  });
  expect((await s.next('error')).error.code).toBe('invalid_emulator_marker');
  await s.update({ instructions: 'Be kind. [emulator:{"answers":[{"say":"Of course, dear."}]}]' });
  s.send({ type: 'response.create' });
  expect((await s.next('response.output_audio_transcript.done')).transcript).toBe('Of course, dear.');
});

test('telephone audio is understood and spoken', async () => {
  const s = await session({ answers: [{ say: 'Yes, of course.' }] });
  await s.update({
    audio: { input: { format: { type: 'audio/pcmu' } }, output: { format: { type: 'audio/pcmu' } } },
  });
  s.send({ type: 'response.create' });
  await s.next('response.done');
  const audio = s.events.filter((event) => event.type === 'response.output_audio.delta');
  const spoken = Buffer.concat(audio.map((event) => Buffer.from(event.delta, 'base64')));
  expect(spoken.length / 8).toBeGreaterThan(500);
  s.send({ type: 'input_audio_buffer.append', audio: spoken.toString('base64') });
  s.send({ type: 'input_audio_buffer.append', audio: Buffer.alloc(8 * 400, 0xff).toString('base64') });
  await s.next('input_audio_buffer.speech_stopped');
});

test('told after which words its answer was cut off, the model says what comes after them', async () => {
  const s = await session({ speedUp: 20, answers: [{ say: 'It is "free": use it, sell it.' }] });
  s.type('May I use it?');
  const after = async (said: string) => {
    const instructions = `Be kind. Your last answer was cut off after the words "${said}". Go on right there.`;
    s.send({ type: 'response.create', response: { instructions } });
    const { response } = await s.next('response.done');
    return response.output?.[0];
  };
  expect(await after('It is \\"free\\":')).toMatchObject({ content: [{ transcript: 'use it, sell it.' }] });
  expect(await after('Something else')).toMatchObject({
    content: [{ transcript: 'It is "free": use it, sell it.' }],
  });
});

test('a response beside the conversation runs while another speaks, and leaves no trace in it', async () => {
  const s = await session({ speedUp: 2, answers: [{ when: 'long', answerMs: 15_000 }] });
  s.type('Please tell me a long story');
  s.send({ type: 'response.create' });
  await s.next('response.output_audio.delta');
  s.send({
    type: 'response.create',
    response: {
      conversation: 'none',
      output_modalities: ['text'],
      metadata: { purpose: 'summary' },
      instructions: 'Say exactly: "A story was asked for."',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Summarise.' }] }],
    },
  });
  const beside = await s.next('response.done');
  expect(beside.response).toMatchObject({
    conversation_id: null,
    metadata: { purpose: 'summary' },
    output: [{ content: [{ type: 'output_text', text: 'A story was asked for.' }] }],
  });
  s.send({ type: 'response.create' });
  const second = await s.next('error');
  expect(second.error.code).toBe('conversation_already_has_active_response');
  s.send({ type: 'response.cancel' });
  const cancelled = await s.next('response.done');
  expect(cancelled.response.status_details?.reason).toBe('client_cancelled');
  const added = s.events.filter((event) => event.type === 'conversation.item.added');
  expect(added).toHaveLength(2);
});

test('a limit on tokens leaves the answer incomplete', async () => {
  const s = await session({ answers: [{ answerMs: 8000 }] });
  s.send({ type: 'response.create', response: { max_output_tokens: 30 } });
  const { response } = await s.next('response.done');
  expect(response.status).toBe('incomplete');
  expect(response.status_details?.reason).toBe('max_output_tokens');
});

test('a silent user is spoken to again after the idle time', async () => {
  const s = await session({ idleTimeoutMs: 20, answers: [{ say: 'Yes.' }, { say: 'Are you there?' }] });
  await s.update({ audio: { input: { turn_detection: { type: 'server_vad', idle_timeout_ms: 5000 } } } });
  s.send({ type: 'response.create' });
  await s.next('response.done');
  const triggered = await s.next('input_audio_buffer.timeout_triggered');
  expect((await s.next('input_audio_buffer.committed')).item_id).toBe(triggered.item_id);
  expect((await s.next('response.output_audio_transcript.done')).transcript).toBe('Are you there?');
});

test('an update changes what it names and keeps the rest; a wrong one changes nothing', async () => {
  const s = await session({ answers: [{ say: 'Good day.' }] });
  const created = s.events[0];
  if (created?.type !== 'session.created') throw new Error('no session');
  expect(created.session).toMatchObject({
    model: 'gpt-realtime-2.1',
    audio: { input: { turn_detection: { silence_duration_ms: 200 } }, output: { voice: 'alloy' } },
  });
  await s.update({ audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 350 } } } });
  s.send({ type: 'session.update', session: { type: 'realtime', audio: { output: { voice: 'marin' } } } });
  const updated = await s.next('session.updated');
  expect(updated.session).toMatchObject({
    audio: {
      input: { turn_detection: { threshold: 0.5, silence_duration_ms: 350, prefix_padding_ms: 300 } },
      output: { voice: 'marin', speed: 1 },
    },
  });
  s.send({ type: 'response.create' });
  await s.next('response.done');
  const expectError = async (session: Record<string, unknown>, code: string, param: string | null) => {
    s.send({ type: 'session.update', session });
    expect((await s.next('error')).error).toMatchObject({ type: 'invalid_request_error', code, param });
  };
  await expectError({ type: 'realtime', audio: { output: { voice: 'cedar' } } }, 'cannot_update_voice', null);
  await expectError({ type: 'realtime', model: 'gpt-realtime' }, 'cannot_update_model', 'session.model');
  await expectError({ type: 'realtime', temperature: 0.7 }, 'unknown_parameter', 'session.temperature');
  await expectError({ instructions: 'Be brief.' }, 'missing_required_parameter', 'session.type');
  await expectError(
    { type: 'realtime', audio: { input: { turn_detection: { type: 'server_vad', threshold: 1.5 } } } },
    'invalid_value',
    'session.audio.input.turn_detection.threshold',
  );
  await expectError(
    { type: 'realtime', output_modalities: ['text', 'audio'] },
    'invalid_value',
    'session.output_modalities',
  );
  // The same voice again is no change.
  await s.update({ audio: { output: { voice: 'marin' } } });
});

test('every mistake has its own error, and the session stays open', async () => {
  const s = await session({ answers: [{ say: 'Good day to you.' }] });
  await s.update({ audio: { input: { turn_detection: null } } });
  const mistake = async (event: Record<string, unknown>) => {
    s.send({ event_id: 'mine', ...event });
    const { error } = await s.next('error');
    expect(error.event_id).toBe('mine');
    return error;
  };
  expect((await mistake({ type: 'input_audio_buffer.commit' })).code).toBe('input_audio_buffer_commit_empty');
  expect((await mistake({ type: 'response.cancel' })).code).toBe('response_cancel_not_active');
  expect((await mistake({ type: 'no.such.event' })).param).toBe('type');
  const gone = { item_id: 'item_gone' };
  expect((await mistake({ type: 'conversation.item.retrieve', ...gone })).code).toBe(
    'item_retrieve_invalid_item_id',
  );
  expect((await mistake({ type: 'conversation.item.delete', ...gone })).code).toBe(
    'item_delete_invalid_item_id',
  );
  const cut = { type: 'conversation.item.truncate', content_index: 0, audio_end_ms: 10 };
  expect((await mistake({ ...cut, ...gone })).code).toBe('item_truncate_invalid_item_id');
  s.type('Hello');
  const { item } = await s.next('conversation.item.done');
  const notAudio = await mistake({ ...cut, item_id: item.id });
  expect(notAudio.message).toBe('Only model output audio messages can be truncated');
  const orphan = { type: 'function_call_output', call_id: 'call_none', output: '{}' };
  expect((await mistake({ type: 'conversation.item.create', item: orphan })).code).toBe(
    'invalid_tool_call_id',
  );
  const replayed = {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_audio', transcript: 'Hi' }],
  };
  expect((await mistake({ type: 'conversation.item.create', item: replayed })).param).toBe(
    'item.content[0].text',
  );
  s.send({ type: 'response.create' });
  const { response } = await s.next('response.done');
  const beyond = await mistake({ ...cut, item_id: response.output?.[0]?.id, audio_end_ms: 99_999 });
  expect(beyond.message).toMatch(/^Audio content of \d+ms is already shorter than 99999ms$/);
  s.realtime.socket.send('{"type": broken');
  expect((await s.next('error')).error.code).toBe('invalid_json');
});

test('items can be put in their place, deleted, and restored as text', async () => {
  const s = await session();
  const create = async (id: string, previous_item_id?: string) => {
    s.send({
      type: 'conversation.item.create',
      ...(previous_item_id === undefined ? {} : { previous_item_id }),
      item: { id, type: 'message', role: 'assistant', content: [{ type: 'output_text', text: id }] },
    });
    return (await s.next('conversation.item.added')).previous_item_id;
  };
  expect(await create('first')).toBeNull();
  expect(await create('third')).toBe('first');
  expect(await create('second', 'first')).toBe('first');
  expect(await create('zeroth', 'root')).toBeNull();
  s.send({ type: 'conversation.item.delete', item_id: 'third' });
  expect((await s.next('conversation.item.deleted')).item_id).toBe('third');
  expect(await create('last')).toBe('second');
});

test('what speaks the beta protocol is told so and closed', async () => {
  const s = await session();
  s.send({ type: 'session.update', session: { modalities: ['text', 'audio'], voice: 'alloy' } });
  expect((await s.next('error')).error.code).toBe('beta_api_shape_disabled');
  expect(await s.closed).toEqual({ code: 4000, reason: 'invalid_request_error.beta_api_shape_disabled' });
  const beta = new TestSession(emulator.url, {}, { headers: { 'OpenAI-Beta': 'realtime=v1' } });
  open.push(beta);
  expect((await beta.closed).code).toBe(4000);
  expect(beta.types()).toEqual(['error']);
});

test.each([900, -200])(
  'the transcript is %i ms ahead of the audio it belongs to, when told so',
  async (leadMs) => {
    const text = 'Most of our customers finish this part within a few minutes, and then they go home.';
    const s = await session({
      speedUp: 10,
      audioDeltaMs: 20,
      transcriptLeadMs: { min: leadMs, max: leadMs },
      leadJitterMs: 0,
      answers: [{ say: text }],
    });
    s.send({ type: 'response.create' });
    const { response } = await s.next('response.done');
    const { responses } = (await control(emulator.url, 'GET', `report?response=${response.id}`)) as {
      responses: { words: { startMs: number }[]; totalAudioMs: number }[];
    };
    const words = responses[0]?.words ?? [];
    const totalMs = responses[0]?.totalAudioMs ?? 0;
    let sentMs = 0;
    let word = 0;
    for (const event of s.events) {
      if (event.type === 'response.output_audio.delta')
        sentMs += Buffer.from(event.delta, 'base64').length / 48;
      if (event.type !== 'response.output_audio_transcript.delta') continue;
      const meantMs = Math.max(0, (words[word++]?.startMs ?? 0) - leadMs);
      // Within one delta of audio; what trails the last audio has nothing to be measured by.
      if (meantMs < totalMs) expect(Math.abs(sentMs - meantMs)).toBeLessThanOrEqual(20);
    }
    expect(word).toBe(words.length);
  },
);
