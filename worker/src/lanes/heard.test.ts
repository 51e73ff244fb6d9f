import { describe, expect, it } from 'vitest';
import { Heard } from './heard.ts';

describe('what was heard', () => {
  it('is what time allows for a client that reports nothing, and never more than was released', () => {
    const heard = new Heard();
    expect(heard.ms(1000, 600, 400)).toBe(400);
    expect(heard.ms(1000, 300, 400)).toBe(300);
  });

  it('is what the player reports, moved on by the time since', () => {
    const heard = new Heard();
    heard.reported(250, undefined, 1000);
    expect(heard.ms(1000, 600, 500)).toBe(250);
    expect(heard.ms(1100, 600, 600)).toBe(350);
    expect(heard.ms(9000, 600, 600)).toBe(600);
  });

  it('begins anew with each answer', () => {
    const heard = new Heard();
    heard.reported(2500, undefined, 1000);
    heard.reset();
    expect(heard.ms(1000, 5000, 20)).toBe(20);
  });

  it('is not what the player says before it has received any of the answer', () => {
    const heard = new Heard();
    heard.reset();
    heard.reported(2500, 7, 1000);
    heard.sounds(9);
    heard.reported(2500, 8, 1000);
    expect(heard.ms(1000, 600, 20)).toBe(20);
    heard.reported(100, 9, 1000);
    expect(heard.ms(1000, 600, 20)).toBe(100);
  });
});
