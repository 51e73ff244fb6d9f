import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseEventLine } from '@vjj/shared/evidence/event.ts';
import { type ScannedBatch, type SegmentPosition, scanSegment } from './scan-segment.ts';
import { segmentSuffix } from './segment.ts';
import type { SegmentIndex } from './segment-index.ts';
import { makeDurable } from './segment-writer.ts';

type WholeBatch = ScannedBatch & { position: SegmentPosition };

/**
 * Takes in what others wrote, and what was written before the index knew of it. What is noted counts as stored, so it
 * must be on the disk, and stay there. A batch that another follows is: no writer goes on before its sync. The last one
 * may not be; its sync may be under way, have failed, or never have come.
 * @param folder of the segments
 */
export async function catchUp(index: SegmentIndex, folder: string, exceptSegment?: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith(segmentSuffix) || name === exceptSegment) continue;
    const path = join(folder, name);
    const known = index.position(name);
    if (known !== undefined && statSync(path).size <= known.bytes) continue;
    let noted = known;
    let last: WholeBatch | undefined;
    for await (const batch of scanSegment(path, name, known)) {
      if (last !== undefined) {
        note(index, name, last);
        noted = last.position;
      }
      // One that is not whole was damaged, or is being written: what follows it was written whole.
      last = isWhole(batch) ? batch : undefined;
    }
    if (last === undefined) continue;
    await makeDurable(path, noted?.bytes ?? 0, last.position.bytes);
    // Read again: after a failed sync a file may at any time become what the disk has of it.
    for await (const batch of scanSegment(path, name, noted)) {
      if (!isWhole(batch)) continue;
      note(index, name, batch);
      break;
    }
  }
}

function note(index: SegmentIndex, segment: string, { lines, position, at }: WholeBatch): void {
  const entries = lines.flatMap((place) => {
    const parsed = parseEventLine(place.text);
    return 'event' in parsed ? [{ event: parsed.event, place }] : [];
  });
  index.add(segment, entries, position, Date.parse(at ?? ''));
}

const isWhole = (batch: ScannedBatch): batch is WholeBatch => batch.position !== undefined;
