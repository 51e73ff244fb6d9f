import type { WriteStream } from 'node:tty';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 80;

interface Line {
  label: string;
  startedAt: number;
  detail: string;
  state: 'underway' | 'done' | 'failed';
}

export interface Progress {
  /** Shows the work while it goes on; a string it resolves to is shown beside its tick. */
  step<T>(label: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T>;
}

/** Steps of a start: a list that ticks itself off in a terminal, a line at each begin and end elsewhere. */
export function progress(output: WriteStream | NodeJS.WritableStream): Progress {
  return 'isTTY' in output && output.isTTY ? terminalProgress(output as WriteStream) : plainProgress(output);
}

/** Says nothing. */
export const noProgress: Progress = { step: (_label, work) => work(() => {}) };

function plainProgress(output: NodeJS.WritableStream): Progress {
  return {
    async step(label, work) {
      const startedAt = performance.now();
      output.write(`  ${label} …\n`);
      const result = await work((detail) => output.write(`  ${label}: ${detail}\n`)).catch((error) => {
        output.write(`✗ ${label}\n`);
        throw error;
      });
      output.write(`✓ ${label}${suffix(result)} ${seconds(startedAt)}\n`);
      return result;
    },
  };
}

function terminalProgress(output: WriteStream): Progress {
  let lines: Line[] = [];
  let drawn = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const draw = () => {
    const text = lines.map((line) => {
      const mark = { underway: frames[frame % frames.length], done: '✓', failed: '✗' }[line.state];
      return `\x1b[2K${mark} ${line.label}${line.detail}`.slice(0, output.columns + 4);
    });
    if (drawn > 0) output.write(`\x1b[${drawn}A`);
    output.write(`${text.join('\n')}\n`);
    drawn = lines.length;
  };
  const settle = () => {
    if (lines.some(({ state }) => state === 'underway')) return draw();
    clearInterval(timer);
    timer = undefined;
    draw();
    lines = [];
    drawn = 0;
  };
  return {
    async step(label, work) {
      const line: Line = { label, startedAt: performance.now(), detail: '', state: 'underway' };
      lines.push(line);
      timer ??= setInterval(() => {
        frame++;
        draw();
      }, frameMs);
      try {
        const result = await work((detail) => {
          line.detail = `: ${detail}`;
        });
        line.state = 'done';
        line.detail = `${suffix(result)} ${seconds(line.startedAt)}`;
        return result;
      } catch (error) {
        line.state = 'failed';
        throw error;
      } finally {
        settle();
      }
    },
  };
}

const suffix = (result: unknown) => (typeof result === 'string' ? ` (${result})` : '');
const seconds = (startedAt: number) => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
