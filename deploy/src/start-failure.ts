import { readFileSync } from 'node:fs';

/** A process did not come up. The message holds the last lines of its log. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  readonly process: string;
  readonly logFile: string;

  constructor(process: string, reason: string, logFile: string) {
    super(`${process} did not start: ${reason}\n${lastLines(logFile)}`);
    this.process = process;
    this.logFile = logFile;
  }
}

/** The end of a log, each line indented; those of pino are cut down to what they say. */
export function lastLines(logFile: string, count = 12): string {
  try {
    const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count);
    return lines.map((line) => `    ${saidBy(line)}`).join('\n');
  } catch {
    return '    (no log)';
  }
}

function saidBy(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    const said = [msg, err?.message].filter((part) => part !== undefined);
    return said.length === 0 ? line : [...new Set(said)].join(': ');
  } catch {
    return line;
  }
}
