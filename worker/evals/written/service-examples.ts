import { chosen, type Example } from './framed-examples.ts';
import {
  actFrames,
  chatter,
  disfluencies,
  houseFrames,
  houses,
  thingFrames,
  trades,
  troubleFrames,
} from './service-lines.ts';

/** How often what a trade talks of is put into a frame. */
const times = { thing: 8, act: 9, trouble: 8, house: 6, chatter: 40 };
/** This share is spoken with what the tongue does on the phone. */
const spokenShare = 0.25;

/** What callers and agents of many trades say, none of it harm. */
export function serviceExamples(
  random: () => number,
  pick: (options: readonly string[]) => string,
): Example[] {
  const examples: Example[] = [];
  const put = (frames: readonly string[], name: string, whats: string, count: number) => {
    for (const what of whats.split('|')) {
      for (let time = 0; time < count; time += 1) {
        const line = chosen(pick(frames).replaceAll(`{${name}}`, what), pick);
        const text = random() < spokenShare ? pick(disfluencies).replace('{line}', line) : line;
        examples.push({ text, labels: [] });
      }
    }
  };
  for (const { things, acts, troubles } of trades) {
    put(thingFrames, 'thing', things, times.thing);
    put(actFrames, 'act', acts, times.act);
    put(troubleFrames, 'trouble', troubles, times.trouble);
  }
  for (const line of chatter) put([line], 'line', '-', times.chatter);
  put(houseFrames, 'house', houses, times.house);
  return examples;
}
