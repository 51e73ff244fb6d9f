import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The least a folder needs to be an agent. */
export const leastAgent = {
  'instructions.md': 'Be brief.',
  'agent.yaml': `language: en
reflexes: [Mm-hmm., Let me see.]
fallbacks:
  ask_clarifying_question: Could you say that again?
  refuse_politely: I cannot talk about that.
  switch_to_text_summary: Please read it.
  escalate_to_human: A person will help you.
  offer_email_or_link: I will send it.
  bridge: I am back.
  goodbye: Goodbye.
  crisis: Please call 112.
`,
};

/** A folder that a test fills with agents. */
export class TestFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'vjj-agents-'));

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true });
    writeFileSync(join(this.path, file), text);
  }

  /** @param more appended to `agent.yaml` */
  writeAgent(name: string, more = '', files: Record<string, string> = {}): void {
    const all: Record<string, string> = { ...leastAgent, ...files };
    all['agent.yaml'] += more;
    for (const [file, text] of Object.entries(all)) this.write(join(name, file), text);
  }

  remove(file = ''): void {
    rmSync(join(this.path, file), { recursive: true, force: true });
  }
}
