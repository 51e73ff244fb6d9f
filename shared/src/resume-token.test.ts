import { expect, it } from 'vitest';
import { ResumeTokens } from './resume-token.ts';

const claims = {
  session: '6f2a1c1e-4a57-4e0a-9df0-0d5f0a6b7c8d',
  generation: 3,
  worker: 'host-0:abc',
  epoch: 1_700_000_000_000,
};
const tokens = new ResumeTokens('a secret of a cluster');

it('reads what it has signed', () => {
  expect(tokens.read(tokens.sign(claims))).toEqual(claims);
});

it('takes no token of another cluster, none that was changed, and no rubbish', () => {
  const token = tokens.sign(claims);
  const [, signature] = token.split('.');
  const other = Buffer.from(JSON.stringify({ ...claims, generation: 4 })).toString('base64url');
  expect(new ResumeTokens('the secret of another').read(token)).toBeUndefined();
  for (const wrong of ['', '.', 'a.b', `${token}.x`, token.slice(0, -2), `${other}.${signature}`]) {
    expect(tokens.read(wrong), wrong).toBeUndefined();
  }
});
