import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Emitter } from './emitter.ts';

interface Events {
  rings: number;
}

let emitter: Emitter<Events>;
let heard: string[];

beforeEach(() => {
  emitter = new Emitter();
  heard = [];
});

afterEach(() => {
  vi.restoreAllMocks();
});

test('a listener that throws stops neither the others nor whoever emits, and its error is told', () => {
  const later = vi.spyOn(globalThis, 'queueMicrotask').mockReturnValue();
  emitter.on('rings', () => {
    throw new Error('no');
  });
  emitter.on('rings', () => heard.push('second'));
  emitter.emit('rings', 1);
  expect(heard).toEqual(['second']);
  expect(later).toHaveBeenCalledOnce();
  expect(later.mock.calls[0]![0]).toThrow('no');
});

test('who begins to listen during an event hears the next one', () => {
  emitter.on('rings', (first) => {
    if (first === 1) emitter.on('rings', (number) => heard.push(`new ${number}`));
  });
  emitter.emit('rings', 1);
  emitter.emit('rings', 2);
  expect(heard).toEqual(['new 2']);
});

test('who is told to listen no more during an event does not hear it', () => {
  let off = () => {};
  emitter.on('rings', () => off());
  off = emitter.on('rings', () => heard.push('second'));
  emitter.emit('rings', 1);
  expect(heard).toEqual([]);
});
