import type { RealtimeClientEvent, RealtimeResponse } from 'openai/resources/realtime/realtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConversationEvents, ConversationSetup } from './provider.ts';
import { ServiceAnswer } from './service-answer.ts';

/** A second of audio as the service sends it. */
const second = Buffer.alloc(48_000);

let sent: string[];
let told: string[];
let answer: ServiceAnswer;

/** What an event that is sent means for the conversation, in short. */
function inShort(event: RealtimeClientEvent): string {
  switch (event.type) {
    case 'response.create':
      return `create ${event.event_id}`;
    case 'response.cancel':
      return `cancel ${event.response_id}`;
    case 'conversation.item.truncate':
      return `truncate ${event.item_id} ${event.audio_end_ms}`;
    case 'conversation.item.delete':
      return `delete ${event.item_id}`;
    case 'conversation.item.create':
      return `say ${JSON.stringify(event.item).match(/"text":"([^"]*)"/)?.[1]}`;
    default:
      return event.type;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  told = [];
  const events = {
    onAnswerStarted: () => told.push('started'),
    onAnswerItem: () => told.push('item'),
    onAudio: (pcm: Buffer) => told.push(`audio ${pcm.length}`),
    onTranscript: (text: string, isFinal: boolean) => told.push(`${text}${isFinal ? ' (all)' : ''}`),
    onToolCall: ({ name }: { name: string }) => told.push(`tool ${name}`),
    onAnswerDone: (outcome: string) => told.push(`done ${outcome}`),
  } as unknown as ConversationEvents;
  answer = new ServiceAnswer({ instructions: 'Be kind.' } as ConversationSetup, events, {
    send: (event) => sent.push(inShort(event)),
    onFailed: (code) => told.push(`failed ${code}`),
    onStuck: () => told.push('stuck'),
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const item = (response: string, id: string) =>
  answer.onItemAdded({
    type: 'response.output_item.added',
    event_id: '',
    output_index: 0,
    response_id: response,
    item: { type: 'message', role: 'assistant', id, content: [] },
  });
const done = (id: string, rest: Partial<RealtimeResponse> = {}) =>
  answer.onDone({ id, status: 'completed', ...rest });

function begin(response = 'r1', itemId = 'i1'): void {
  answer.request();
  answer.onCreated(response);
  item(response, itemId);
  answer.onAudio(response, second);
}

describe('an answer of the service', () => {
  it('is told as it comes, and no other', () => {
    begin();
    answer.onTranscript('r1', 'Good ');
    answer.onTranscript('r1', 'day.');
    answer.onTranscript('another', 'Rubbish');
    answer.onAudio('another', second);
    answer.onWholeTranscript('r1', 'Good day.');
    done('another');
    done('r1');
    expect(told).toEqual([
      'started',
      'audio 48000',
      'Good ',
      'Good day.',
      'Good day. (all)',
      'done completed',
    ]);
    expect(sent).toEqual(['create answer_1']);
  });

  it('that is cancelled says nothing more, and is cut to what was heard when it has ended', () => {
    begin();
    answer.cancel({ ms: 400.7 });
    answer.onAudio('r1', second);
    expect(sent).toEqual(['create answer_1', 'cancel r1']);
    done('r1', { status: 'cancelled' });
    expect(sent.slice(2)).toEqual(['truncate i1 400']);
    expect(told).toEqual(['started', 'audio 48000']);
  });

  it.each([
    ['is cut no later than its end', { ms: 5000 }, ['truncate i1 1000']],
    ['goes when nothing of it was heard', { ms: 0 }, ['delete i1']],
    ['gives way to what was said in its place', { text: 'No.' }, ['delete i1', 'say No.']],
  ])('that is over %s', (_, heard, expected) => {
    begin();
    done('r1');
    answer.cancel(heard);
    expect(sent.slice(1)).toEqual(expected);
    answer.cancel(heard);
    expect(sent.slice(1)).toEqual('text' in heard ? [...expected, 'say No.'] : expected);
  });

  it('of a turn before is not cut any more', () => {
    begin();
    done('r1');
    answer.forget();
    answer.cancel({ ms: 100 });
    expect(sent).toEqual(['create answer_1']);
  });

  it('that is cancelled before it exists is as soon as it does', () => {
    answer.request();
    answer.cancel({ ms: 0 });
    expect(sent).toEqual(['create answer_1']);
    answer.onCreated('r1');
    expect(sent.slice(1)).toEqual(['cancel r1']);
    expect(told).toEqual([]);
  });

  it('that is asked for while another ends waits for that end', () => {
    begin();
    answer.cancel({ ms: 200 });
    answer.request();
    expect(sent.slice(1)).toEqual(['cancel r1']);
    done('r1', { status: 'cancelled' });
    expect(sent.slice(2)).toEqual(['truncate i1 200', 'create answer_2']);
  });

  it('that was only wanted is not when it is cancelled in its turn', () => {
    begin();
    answer.cancel({ ms: 200 });
    answer.request();
    answer.cancel({ ms: 0 });
    done('r1', { status: 'cancelled' });
    expect(sent.slice(1)).toEqual(['cancel r1', 'truncate i1 200']);
  });

  it('tells where a further item of it begins, and is cut in that', () => {
    begin();
    item('r1', 'i2');
    answer.onAudio('r1', second);
    answer.cancel({ ms: 300 });
    done('r1', { status: 'cancelled' });
    expect(told).toEqual(['started', 'audio 48000', 'item', 'audio 48000']);
    expect(sent.at(-1)).toBe('truncate i2 300');
  });

  it('that the service refuses, or lets fail, is done, and the next may come', () => {
    answer.request();
    answer.onRefused('of_something_else');
    expect(told).toEqual([]);
    answer.onRefused('answer_1');
    answer.request();
    answer.onCreated('r2');
    done('r2', { status: 'failed', status_details: { error: { code: 'rate_limit_exceeded' } } });
    expect(told).toEqual(['done failed', 'started', 'failed rate_limit_exceeded', 'done failed']);
    expect(sent).toEqual(['create answer_1', 'create answer_2']);
  });

  it('that was cancelled and never ends is told of after five seconds; not when the conversation is over', () => {
    begin();
    answer.cancel({ ms: 200 });
    vi.advanceTimersByTime(4999);
    expect(told).not.toContain('stuck');
    vi.advanceTimersByTime(1);
    expect(told).toContain('stuck');
    answer.end();
  });
});
