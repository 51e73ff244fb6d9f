import { FrameKind } from '@vjj/shared/link/frames.ts';
import type { ServerMessage } from '@vjj/shared/protocol/messages.ts';
import { expect, it } from 'vitest';
import { CallerLine } from './caller-line.ts';
import { CallerOutput, type Route } from './caller-output.ts';

/** A way to the caller, and what went over it. */
function way() {
  const told: ServerMessage[] = [];
  const acknowledged: number[] = [];
  let isEnded = false;
  const route: Route = {
    send(kind, number, payload) {
      if (kind === FrameKind.text) told.push(JSON.parse(payload.toString()));
      if (kind === FrameKind.ack) acknowledged.push(number);
    },
    end() {
      isEnded = true;
    },
  };
  return { route, told, acknowledged, isEnded: () => isEnded };
}

function line(graceMs = 60_000) {
  const first = way();
  const output = new CallerOutput(first.route);
  let isGone = false;
  const callerLine = new CallerLine('first', {
    sessionId: 's',
    workerId: 'w',
    output,
    resumeToken: (generation) => `token ${generation}`,
    graceMs,
    onGone: () => {
      isGone = true;
    },
  });
  callerLine.greet();
  return { callerLine, output, first, isGone: () => isGone };
}

it('who comes back over another connection is told what they missed, and how much of theirs had arrived', () => {
  const { callerLine, output, first } = line();
  callerLine.arrived(1);
  callerLine.arrived(2);
  output.message({ type: 'response.start' });
  output.message({ type: 'response.end' });
  const second = way();
  callerLine.comeBack(second.route, { generation: 1, seq: 2, connection: 'second' }, undefined);
  expect(second.told).toMatchObject([
    { type: 'session.ready', resumeToken: 'token 2', seq: 2 },
    { type: 'session.resumed', fromSeq: 3, lost: 0, received: 2, seq: 2 },
    { type: 'response.end', seq: 3 },
  ]);
  expect(first.told.at(-1)).toMatchObject({ code: 'REPLACED' });
  expect(first.isEnded()).toBe(true);
  expect(callerLine.connection).toBe('second');
});

it('the gateway is told once which frames need not be kept, and again over a new link', () => {
  const { callerLine, first } = line();
  callerLine.acknowledge(7);
  callerLine.acknowledge(7);
  callerLine.acknowledge(5);
  expect(first.acknowledged).toEqual([7]);
  const again = way();
  callerLine.reattach(again.route, { seq: 1, soundMs: undefined });
  expect(again.acknowledged).toEqual([7]);
  // Frames of another connection are numbered anew.
  const second = way();
  callerLine.comeBack(second.route, { generation: 1, seq: 1, connection: 'second' }, undefined);
  callerLine.acknowledge(3);
  expect(second.acknowledged).toEqual([3]);
});

it('a caller who was lost is waited for until they come back, or for a while', async () => {
  const patient = line(10);
  patient.callerLine.lose();
  patient.callerLine.reattach(way().route, { seq: 1, soundMs: 0 });
  const impatient = line(10);
  impatient.callerLine.lose();
  await expect.poll(impatient.isGone).toBe(true);
  expect(patient.isGone()).toBe(false);
});
