import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchReport } from './bench-plan.ts';
import type { Row } from './rows.ts';

export interface Series {
  name: string;
  colour: string;
  /** Sessions and value. */
  points: readonly (readonly [x: number, y: number])[];
  isDashed?: boolean;
}

export interface Chart {
  title: string;
  unit: string;
  /** Machine, date, command. */
  notes: readonly string[];
  series: readonly Series[];
}

const frame = { left: 70, right: 690, top: 50, bottom: 330 };
const size = { width: 720, height: 470 };
/** Letters of the notes' size that one line has room for. */
const noteChars = 110;
/** The table of the runbook this one grew from. */
const seedTtfb: Series = {
  name: 'published before',
  colour: '#888',
  isDashed: true,
  points: [
    [20, 74],
    [50, 153],
    [100, 146],
    [200, 127],
  ],
};
const seedConnect: Series = {
  name: 'published (more than)',
  colour: '#888',
  isDashed: true,
  points: [[200, 1500]],
};

const colours: Readonly<Record<string, string>> = {
  relay: '#c2571a',
  'cluster-1x1 json': '#1f5fa8',
  'cluster-1x1 binary': '#2a9d8f',
  'cluster-2x2 json': '#7b3fa0',
  'cluster-2x2 binary': '#b8860b',
};

/** Writes the pictures of a report: time to the first byte and to connect, and processor time, against sessions. */
export function drawPictures(folder: string, report: BenchReport): void {
  mkdirSync(folder, { recursive: true });
  const notes = [
    report.machine,
    `${report.date}, load average before ${report.load.before.toFixed(1)}`,
    report.command,
  ];
  const valid = report.rows.filter((row) => row.valid);
  const patterns = [...new Set(valid.map(({ pattern }) => pattern))];
  const chart = (
    name: string,
    pattern: string,
    what: Omit<Chart, 'notes' | 'series'>,
    own: Series[],
    value: (row: Row) => number | undefined,
  ) => {
    const series = [
      ...own,
      ...seriesOf(
        valid.filter((row) => row.pattern === pattern),
        value,
      ),
    ];
    writeFileSync(join(folder, `${name}-${pattern}.svg`), drawChart({ ...what, notes, series }));
  };
  for (const pattern of patterns) {
    const own = (series: Series) => (pattern === 'seed' ? [series] : []);
    chart(
      'ttfb',
      pattern,
      { title: `End of turn until the answer begins, p95, ${pattern}`, unit: 'ms' },
      own(seedTtfb),
      (row) => row.ttfbResponseMs?.p95,
    );
    chart(
      'connect',
      pattern,
      { title: `All callers connect at once: until ready, p95, ${pattern}`, unit: 'ms' },
      own(seedConnect),
      (row) => row.connectMs?.p95,
    );
    chart(
      'cpu',
      pattern,
      { title: `Server CPU per session-minute, ${pattern}`, unit: 'ms' },
      [],
      (row) => row.cpuMsPerSessionMinute.total,
    );
  }
}

function seriesOf(rows: readonly Row[], value: (row: Row) => number | undefined): Series[] {
  const names = [...new Set(rows.map(nameOf))];
  return names.map((name) => ({
    name,
    colour: colours[name] ?? '#333',
    points: rows
      .filter((row) => nameOf(row) === name)
      .flatMap((row) => {
        const y = value(row);
        return y === undefined ? [] : [[row.sessions, y] as const];
      })
      .sort(([a], [b]) => a - b),
  }));
}

function nameOf({ system, client }: Row): string {
  return system.startsWith('relay') ? system : `${system} ${client}`;
}

/** Lines over logarithmic axes: of sessions and of what is measured. */
export function drawChart({ title, unit, notes, series }: Chart): string {
  const points = series.flatMap((one) => one.points);
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const least = Math.log(xs[0] ?? 1);
  const most = Math.log(xs.at(-1) ?? 10);
  const ys = points.map(([, y]) => Math.max(leastY, y));
  const bottom = 10 ** Math.floor(Math.log10(Math.min(...ys)));
  const top = Math.max(bottom * 10, niceAbove(Math.max(...ys)));
  const atX = (x: number) =>
    most === least
      ? (frame.left + frame.right) / 2
      : frame.left + ((Math.log(x) - least) / (most - least)) * (frame.right - frame.left);
  const atY = (y: number) =>
    frame.bottom -
    (Math.log(Math.max(bottom, y) / bottom) / Math.log(top / bottom)) * (frame.bottom - frame.top);
  const text = (x: number, y: number, said: string, more = '') =>
    `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" ${more}>${escaped(said)}</text>`;
  const grid = steps(bottom, top).flatMap((y) => [
    `<path d="M${frame.left} ${atY(y).toFixed(1)}H${frame.right}" stroke="#ddd"/>`,
    text(frame.left - 6, atY(y) + 4, `${y}`, 'text-anchor="end"'),
  ]);
  const ticks = xs.map((x) => text(atX(x), frame.bottom + 18, `${x}`, 'text-anchor="middle"'));
  const lines = series.flatMap((one, at) => {
    const path = one.points.map(([x, y]) => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`).join(' ');
    const dash = one.isDashed ? ' stroke-dasharray="5 4"' : '';
    return [
      `<polyline points="${path}" fill="none" stroke="${one.colour}" stroke-width="2"${dash}/>`,
      ...one.points.map(
        ([x, y]) =>
          `<circle cx="${atX(x).toFixed(1)}" cy="${atY(y).toFixed(1)}" r="3" fill="${one.colour}"><title>${x}: ${round(y)} ${unit}</title></circle>`,
      ),
      text(
        frame.left + 8 + (at % 3) * 215,
        362 + Math.floor(at / 3) * 16,
        `● ${one.name}`,
        `fill="${one.colour}"`,
      ),
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}, ${escaped(unit)}</title>`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    text(frame.left, 24, title, 'font-size="15" font-weight="bold"'),
    text(frame.left, 42, `${unit}, against sessions`),
    ...grid,
    ...ticks,
    ...lines,
    ...notes
      .flatMap(wrapped)
      .map((note, at) => text(frame.left, 406 + at * 14, note, 'font-size="10" fill="#555"')),
    '</svg>',
  ].join('\n')}\n`;
}

/** What is less is drawn here: nobody needs to tell parts of a millisecond apart. */
const leastY = 1;

function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

/** 1, 2, 5, 10, 20, … within the bounds. */
function steps(from: number, to: number): number[] {
  const all: number[] = [];
  for (let power = from; power <= to; power *= 10)
    all.push(...[1, 2, 5].map((step) => step * power).filter((y) => y <= to));
  return all;
}

/** Broken between words. */
function wrapped(note: string): string[] {
  const lines = [''];
  for (const word of note.split(' ')) {
    const last = lines.length - 1;
    if (lines[last] !== '' && lines[last]!.length + word.length >= noteChars) lines.push(word);
    else lines[last] = `${lines[last]} ${word}`.trim();
  }
  return lines;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
