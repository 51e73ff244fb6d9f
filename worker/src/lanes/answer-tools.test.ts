import { createLog } from '@vjj/shared/log.ts';
import type { ServerMessageBody } from '@vjj/shared/protocol/messages.ts';
import { expect, it } from 'vitest';
import type { CallAgent, ToolOutcome } from '../call-agent.ts';
import { testEvidence } from '../evidence/test-evidence.ts';
import { allowed, type Verdict } from '../policy/decision.ts';
import type { Conversation, ToolCall } from '../provider/provider.ts';
import { AnswerTools } from './answer-tools.ts';

const refused: Verdict = {
  decision: 'refuse',
  reasonCodes: ['MODERATION:HATE'],
  severity: 3,
  rules: ['hate'],
};

/** Tools whose results are objected to where they say "bad". */
function tools() {
  const asked: string[] = [];
  const results: string[] = [];
  const told: ServerMessageBody[] = [];
  const outcome = (text: string): ToolOutcome => ({ output: text, text, citations: [], disclaimers: [] });
  const agent = {
    policy: { judge: (_: string, text: string) => (text === 'bad' ? refused : allowed) },
    runTool: async (call: ToolCall) => {
      asked.push(call.id);
      return outcome(call.arguments);
    },
  } as unknown as CallAgent;
  const conversation = {
    toolResult: (_id: string, output: string) => results.push(output),
  } as unknown as Conversation;
  const answerTools = new AnswerTools({
    agent,
    conversation,
    evidence: testEvidence().evidence,
    log: createLog('test', 'silent'),
    requestKey: (call, nth) => `${call.name} ${call.arguments} ${nth}`,
    tell: (message) => told.push(message),
  });
  return { answerTools, asked, results, told };
}

it('the same question twice in an answer is two requests, whatever the service calls them', () => {
  const { answerTools, asked } = tools();
  answerTools.run({ id: 'a', name: 't', arguments: 'x' });
  answerTools.run({ id: 'b', name: 't', arguments: 'y' });
  answerTools.run({ id: 'c', name: 't', arguments: 'x' });
  expect(asked).toEqual(['t x 0', 't y 0', 't x 1']);
});

it('what the policy objects to is withheld from the service, and the caller is told of it', async () => {
  const { answerTools, results, told } = tools();
  answerTools.run({ id: 'a', name: 't', arguments: 'good' });
  answerTools.run({ id: 'b', name: 't', arguments: 'bad' });
  const answers = await answerTools.answers();
  expect(answers.map((answer) => answerTools.give(answer))).toEqual([true, false]);
  expect(results).toEqual(['good', '{"error":"the result may not be spoken of"}']);
  expect(told.filter(({ type }) => type === 'policy.decision')).toMatchObject([
    { decision: 'refuse', reasonCodes: refused.reasonCodes, safeRewrite: '' },
  ]);
});

it('nobody is told that a tool has answered whose answer is not wanted any more', async () => {
  const { answerTools, told } = tools();
  answerTools.run({ id: 'a', name: 't', arguments: 'good' });
  answerTools.stop();
  await answerTools.answers();
  expect(told.map(({ type }) => type)).toEqual(['tool.call']);
});
