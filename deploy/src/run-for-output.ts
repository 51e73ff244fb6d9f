import { spawn } from 'node:child_process';

/**
 * Runs a program and gives what it wrote to its standard output; its errors go to ours.
 * @throws when it ends with anything but 0
 */
export async function runForOutput(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
  return output;
}
