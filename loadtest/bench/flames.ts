interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}

/** As V8 writes it. */
export interface CpuProfile {
  nodes: ProfileNode[];
  samples?: number[];
  /** µs since the sample before. */
  timeDeltas?: number[];
}

export interface TopFunction {
  name: string;
  selfMs: number;
  /** Of the time in which the process was busy, percent. */
  share: number;
}

const idle = new Set(['(idle)', '(root)']);

function selfMicros({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Map<number, number> {
  const self = new Map(nodes.map(({ id }) => [id, 0]));
  for (const [at, id] of samples.entries()) self.set(id, (self.get(id) ?? 0) + (timeDeltas[at] ?? 0));
  return self;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url
    .replace(/^.*\/node_modules\//, '')
    .replace(/^file:\/\/.*?\/(?=(?:gateway|worker|shared|loadtest)\/)/, '');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`;
}

/** Functions by their own time, greatest first. */
export function topFunctions(profile: CpuProfile): TopFunction[] {
  const self = selfMicros(profile);
  const byName = new Map<string, number>();
  let busy = 0;
  for (const node of profile.nodes) {
    const micros = self.get(node.id) ?? 0;
    if (micros === 0 || idle.has(node.callFrame.functionName)) continue;
    busy += micros;
    byName.set(nameOf(node), (byName.get(nameOf(node)) ?? 0) + micros);
  }
  return [...byName]
    .sort(([, a], [, b]) => b - a)
    .map(([name, micros]) => ({
      name,
      selfMs: Math.round(micros / 100) / 10,
      share: Math.round((micros * 1000) / busy) / 10,
    }));
}

const width = 1200;
const rowHeight = 16;
const narrowest = 1;
const pixelsPerChar = 6.5;

/** Who called whom, as wide as the time it took; idle time is left out. */
export function drawFlames(profile: CpuProfile, title: string): string {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const self = selfMicros(profile);
  const whole = new Map<number, number>();
  const sum = (id: number): number => {
    const node = nodes.get(id);
    if (node === undefined || node.callFrame.functionName === '(idle)') return 0;
    const micros = (node.children ?? []).reduce((all, child) => all + sum(child), self.get(id) ?? 0);
    whole.set(id, micros);
    return micros;
  };
  const root = profile.nodes[0]!;
  const all = sum(root.id) || 1;
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (id: number, x: number, depth: number): void => {
    const node = nodes.get(id)!;
    const micros = whole.get(id) ?? 0;
    const wide = (micros / all) * width;
    if (wide < narrowest) return;
    deepest = Math.max(deepest, depth);
    const name = nameOf(node);
    const shown = name.slice(0, Math.max(0, Math.floor(wide / pixelsPerChar) - 1));
    const hue = 20 + (hash(name) % 35);
    const y = 30 + depth * rowHeight;
    boxes.push(
      `<g><title>${escaped(name)}: ${(micros / 1000).toFixed(1)} ms, ${((micros * 100) / all).toFixed(1)} %</title><rect x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${rowHeight - 1}" fill="hsl(${hue} 85% 65%)"/><text x="${(x + 3).toFixed(1)}" y="${y + 11}">${escaped(shown)}</text></g>`,
    );
    let at = x;
    for (const child of node.children ?? []) {
      draw(child, at, depth + 1);
      at += ((whole.get(child) ?? 0) / all) * width;
    }
  };
  draw(root.id, 0, 0);
  const height = 40 + (deepest + 1) * rowHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="10"><rect width="100%" height="100%" fill="#fff"/><text x="4" y="18" font-size="13">${escaped(title)} (${(all / 1000).toFixed(0)} ms busy)</text>${boxes.join('')}</svg>\n`;
}

function hash(text: string): number {
  let value = 0;
  for (const char of text) value = (value * 31 + char.charCodeAt(0)) >>> 0;
  return value;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
