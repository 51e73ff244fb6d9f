import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { inProject } from '../src/project.ts';

/** The agents of the cluster tests, to be read only. */
export const testAgents = inProject('deploy/test/agents');

/** What the agent `default` among them says when an answer was stopped; see its file. */
export const lines = {
  clarify: 'Say that again?',
  refuse: 'I pass on that.',
  write: 'Please write to us.',
  crisis: 'Please call for help now.',
  waiting: 'Please wait for your turn.',
} as const;

/** A folder for the tests of this file. */
export function folderOfFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vjj-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of those agents that the tests of this file may change. */
export function ownAgents(): string {
  const folder = folderOfFile();
  cpSync(testAgents, folder, { recursive: true });
  return folder;
}
