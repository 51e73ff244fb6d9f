import { type Category, isCategory } from '../../src/policy/moderation/category.ts';
import { actFrames, safeActFrames, safeThingFrames, thingFrames } from './frames.ts';
import { harms } from './harmful-acts.ts';
import { harmless } from './harmless-acts.ts';

export interface Example {
  readonly text: string;
  readonly labels: readonly Category[];
}

/** How often each act and each thing is put into a frame. */
const times = { harmful: 10, harmless: 10, safe: 1 };

/** Acts and things in frames: the same frames for what harms and what does not. */
export function framedExamples(pick: (options: readonly string[]) => string): Example[] {
  const examples: Example[] = [];
  const put = (frames: readonly string[], what: string, labels: readonly Category[], count: number) => {
    for (let time = 0; time < count; time += 1) {
      const filled = pick(frames)
        .replaceAll('{acting}', () => gerund(what))
        .replaceAll('{act}', what)
        .replaceAll('{thing}', what);
      examples.push({ text: chosen(filled, pick), labels });
    }
  };
  for (const [category, { acts, things }] of Object.entries(harms)) {
    if (!isCategory(category)) continue;
    for (const act of acts.split('|')) put(actFrames, act, [category], times.harmful);
    for (const thing of things.split('|')) put(thingFrames, thing, [category], times.harmful);
    for (const act of acts.split('|')) put(safeActFrames, act, [], times.safe);
    for (const thing of things.split('|')) put(safeThingFrames, thing, [], times.safe);
  }
  for (const act of harmless.acts.split('|')) put(actFrames, act, [], times.harmless);
  for (const thing of harmless.things.split('|')) put(thingFrames, thing, [], times.harmless);
  return examples;
}

/** One of several wherever `{a|b}` stands, from the inside out. */
export function chosen(template: string, pick: (options: readonly string[]) => string): string {
  let text = template;
  for (let depth = 0; depth < 6 && text.includes('{'); depth += 1) {
    text = text.replace(/\{([^{}]*)\}/g, (_, inner: string) => pick(inner.split('|')));
  }
  return text.trim();
}

/** "rob a bank": "robbing a bank". */
function gerund(act: string): string {
  const [verb = '', ...rest] = act.split(' ');
  return [ing(verb), ...rest].join(' ');
}

function ing(verb: string): string {
  if (verb === 'die' || verb === 'lie' || verb === 'tie') return `${verb.slice(0, -2)}ying`;
  if (/[^aeiou]e$|ue$/.test(verb) && verb !== 'be') return `${verb.slice(0, -1)}ing`;
  if (/^[^aeiou]*[aeiou][bdgmnprt]$/.test(verb)) return `${verb}${verb.slice(-1)}ing`;
  return `${verb}ing`;
}
