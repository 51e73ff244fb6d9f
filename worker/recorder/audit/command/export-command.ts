import { open } from 'node:fs/promises';
import { type Call, Problem } from './call.ts';
import { callLines } from './call-lines.ts';
import { csvHead, csvRow } from './csv.ts';
import { htmlTimeline } from './html-timeline.ts';
import { asJson, matching } from './matching.ts';
import type { ReadEvent } from './read-events.ts';
import { recordingsOf } from './recordings.ts';
import { wavOf } from './wav.ts';

/** 1: nothing fits. */
export async function runExport(call: Call): Promise<number> {
  const { format, out, session } = call.values;
  if (format === 'wav' || format === 'call') return exportRecording(call, format);
  if (!['json', 'csv', 'html'].includes(format)) {
    throw new Problem('--format is json, csv, html, or for a recorded call wav or call');
  }
  const file = out === undefined ? undefined : await open(out, 'wx', 0o600);
  let events = 0;
  const write = async (text: string) => {
    if (file !== undefined) await file.writeFile(text);
    else if (!process.stdout.write(text)) await new Promise((done) => process.stdout.once('drain', done));
  };
  try {
    const found = matching(call);
    if (format === 'html') {
      const all: ReadEvent[] = [];
      for await (const one of found) all.push(one);
      events = all.length;
      const title = session === undefined ? 'Audit trail' : `Audit trail of session ${session}`;
      for (const part of htmlTimeline(all, title, new Date())) await write(part);
    } else {
      await write(format === 'csv' ? csvHead : '[');
      for await (const one of found) {
        if (format === 'csv') await write(csvRow(one));
        else await write(`${events === 0 ? '\n' : ',\n'}${JSON.stringify(asJson(one))}`);
        events++;
      }
      if (format === 'json') await write('\n]\n');
    }
  } finally {
    await file?.close();
  }
  console.error(`${events} events${out === undefined ? '' : ` in ${out}`}`);
  return events === 0 ? 1 : 0;
}

/** What was recorded of a session, in the clear. */
async function exportRecording(call: Call, format: 'wav' | 'call'): Promise<number> {
  const { out, session } = call.values;
  if (session === undefined) throw new Problem(`--format ${format} needs --session <id>`);
  const { recordings, remarks } = await recordingsOf(call, session);
  for (const remark of remarks) console.error(remark);
  const parts = format === 'wav' ? wavOf(recordings) : await callLines(call, session, recordings);
  const file = out === undefined ? undefined : await open(out, 'wx', 0o600);
  try {
    for (const part of parts) {
      if (file !== undefined) await file.writeFile(part);
      else if (!process.stdout.write(part)) await new Promise((done) => process.stdout.once('drain', done));
    }
  } finally {
    await file?.close();
  }
  return 0;
}
