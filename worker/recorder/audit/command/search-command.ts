import { type Call, Problem } from './call.ts';
import { asJson, matching } from './matching.ts';
import { oneLine } from './one-line.ts';

/** 1: nothing fits. */
export async function runSearch(call: Call): Promise<number> {
  const { values } = call;
  const limit = Number(values.limit);
  if (!Number.isSafeInteger(limit) || limit < 1) throw new Problem('--limit is a number from 1 up');
  let found = 0;
  for await (const one of matching(call)) {
    if (found++ === limit) {
      console.error(`there is more; this is the first ${limit} (--limit)`);
      break;
    }
    const { event, described } = one;
    if (values.json) console.log(JSON.stringify(asJson(one)));
    else {
      const place = `${event.session} ${event.epoch}/${event.seq}`;
      console.log(`${event.at}  ${place}  ${event.type}  ${described.who}: ${oneLine(described.text)}`);
    }
  }
  if (found === 0) console.error('nothing fits');
  return found === 0 ? 1 : 0;
}
