import { categories } from '../src/policy/moderation/category.ts';
import type { Thresholds } from '../src/policy/moderation/thresholds.ts';

/** Rows of a set with a label: how many, found in their category, found in any. */
export interface Count {
  n: number;
  right: number;
  any: number;
}

/** Shares, 0–1, that one choice of thresholds gives. */
interface Point {
  readonly service: number;
  readonly xstest: number;
  readonly recall: number;
  readonly isChosen: boolean;
}

/** How far all thresholds are moved, in log-odds; none are the chosen ones. */
export const steps = [-2.5, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2.5, 4];

const service = ['clinc150', 'banking77', 'dstc9-faq'];
const written = ['written'];

export function shifted(thresholds: Thresholds, step: number): Thresholds {
  const of = (threshold: number) =>
    Math.round(1_000 / (1 + Math.exp(-(Math.log(threshold / (1 - threshold)) + step)))) / 1_000;
  const moved = Object.entries(thresholds).map(([name, threshold]) => [name, of(threshold)]);
  return { ...thresholds, ...Object.fromEntries(moved) };
}

/** Recall is that of the right category, every category counting the same, over all sets but the written one. */
export function pointOf(counts: ReadonlyMap<string, Count>, isChosen: boolean): Point {
  const share = (is: (set: string, label: string) => boolean, of: (count: Count) => number) => {
    const some = [...counts].filter(([key]) => is(key.split(' | ')[0] ?? '', key.split(' | ')[1] ?? ''));
    const sum = (value: (count: Count) => number) => some.reduce((all, [, count]) => all + value(count), 0);
    return (
      sum(of) /
      Math.max(
        1,
        sum(({ n }) => n),
      )
    );
  };
  const recalls = categories.map((category) =>
    share(
      (set, label) => label === category && !written.includes(set),
      ({ right }) => right,
    ),
  );
  return {
    service: share(
      (set, label) => label === 'clean' && service.includes(set),
      ({ any }) => any,
    ),
    xstest: share(
      (set, label) => label === 'clean' && set === 'xstest-safe',
      ({ any }) => any,
    ),
    recall: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
    isChosen,
  };
}

const frame = { left: 60, right: 620, top: 40, bottom: 340 };
/** False alarms from 0.01 to 100 %, by powers of ten. */
const decades = [-4, -3, -2, -1, 0];

/** Recall over false alarms: on lines of service as a line, on XSTest's safe prompts dashed; a dot is the choice. */
export function drawCurve(
  series: readonly { readonly name: string; readonly colour: string; readonly points: readonly Point[] }[],
): string {
  const x = (share: number) => {
    const decade = Math.log10(Math.max(1e-4, share)) + 4;
    return frame.left + (decade / 4) * (frame.right - frame.left);
  };
  const y = (share: number) => frame.bottom - share * (frame.bottom - frame.top);
  const text = (at: { x: number; y: number; anchor?: string }, said: string) =>
    `<text x="${at.x.toFixed(0)}" y="${at.y.toFixed(0)}" text-anchor="${at.anchor ?? 'start'}">${said}</text>`;
  const grid = [
    ...decades.map((decade) => {
      const at = x(10 ** decade);
      const line = `<path class="grid" d="M${at.toFixed(0)} ${frame.top}V${frame.bottom}"/>`;
      return line + text({ x: at, y: frame.bottom + 18, anchor: 'middle' }, `${100 * 10 ** decade} %`);
    }),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => {
      const line = `<path class="grid" d="M${frame.left} ${y(share).toFixed(0)}H${frame.right}"/>`;
      return line + text({ x: frame.left - 6, y: y(share) + 4, anchor: 'end' }, `${share * 100} %`);
    }),
  ];
  const drawn = series.flatMap(({ name, colour, points }, row) => {
    const path = (alarms: 'service' | 'xstest') =>
      points
        .map(
          (point, at) =>
            `${at === 0 ? 'M' : 'L'}${x(point[alarms]).toFixed(1)} ${y(point.recall).toFixed(1)}`,
        )
        .join('');
    const dots = points
      .filter(({ isChosen }) => isChosen)
      .flatMap((point) =>
        [point.service, point.xstest].map(
          (alarms) =>
            `<circle cx="${x(alarms).toFixed(1)}" cy="${y(point.recall).toFixed(1)}" r="4" fill="${colour}"/>`,
        ),
      );
    return [
      `<path d="${path('service')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<path d="${path('xstest')}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="5 4"/>`,
      ...dots,
      `<path d="M${frame.left + 20} ${frame.top + 14 + row * 18}h24" stroke="${colour}" stroke-width="2"/>`,
      text({ x: frame.left + 50, y: frame.top + 18 + row * 18 }, name),
    ];
  });
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 390" font-family="sans-serif" font-size="12">',
    '<title>Recall of the right category over false alarms</title>',
    '<style>.grid{stroke:#d0d7de}</style><rect width="660" height="390" fill="#fff"/>',
    text({ x: frame.left, y: 24 }, 'Recall of the right category (mean of seven) over false alarms'),
    ...grid,
    ...drawn,
    text(
      { x: frame.right, y: frame.bottom + 38, anchor: 'end' },
      'false alarms: service lines (line), XSTest’s safe prompts (dashed); dots: the thresholds chosen',
    ),
    '</svg>\n',
  ].join('\n');
}
