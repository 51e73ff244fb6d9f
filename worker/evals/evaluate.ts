// `evaluate.ts moderation|pii|claims|cost|retrieval --set file.jsonl [--json out.json] [--stream]`: how well a part does on a set.
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { createLog } from '@vjj/shared/log.ts';
import { Embedder } from '../src/embedding/embedder.ts';
import { EmbeddingThread } from '../src/embedding/embedding-thread.ts';
import { sentenceEncoder } from '../src/embedding/sentence-encoder.ts';
import { loadClassifier } from '../src/policy/moderation/load-classifier.ts';
import { Moderation } from '../src/policy/moderation/moderation.ts';
import { evaluateClaims, readClaimRows } from './evaluate-claims.ts';
import { evaluateCost } from './evaluate-cost.ts';
import { evaluateModeration } from './evaluate-moderation.ts';
import { evaluatePersonalData } from './evaluate-personal-data.ts';
import { evaluateRetrieval, readRetrievalSet } from './evaluate-retrieval.ts';
import { readLabelled, readSpanned, readTexts } from './rows.ts';

const { positionals, values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    set: { type: 'string' },
    json: { type: 'string' },
    stream: { type: 'boolean', default: false },
    'words-only': { type: 'boolean', default: false },
    'patterns-only': { type: 'boolean', default: false },
  },
});

if (values.set === undefined) {
  console.error('--set <file.jsonl> is missing: one JSON object a line');
  process.exit(2);
}
try {
  const report = await reportOf(positionals[0], values.set);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  // Lists are for the file.
  const shown = Object.entries(report).map(([name, value]) => {
    const isList = name === 'misses' || name === 'decisions';
    return [name, isList && Array.isArray(value) ? value.length : value];
  });
  console.log(JSON.stringify(Object.fromEntries(shown), null, 2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function reportOf(what: string | undefined, set: string) {
  if (what === 'retrieval') {
    return evaluateRetrieval(readRetrievalSet(set), await sentenceEncoder(), (done, all) => {
      if (done % 500 === 0) console.error(`${done} of ${all} documents embedded`);
    });
  }
  const name = basename(set);
  if (what === 'claims') {
    const thread = new Embedder(new EmbeddingThread(createLog('evals', 'error')));
    try {
      return await evaluateClaims(name, readClaimRows(set), values['words-only'] ? undefined : thread);
    } finally {
      thread.close();
    }
  }
  if (what === 'cost') return evaluateCost(name, readTexts(set));
  if (what === 'pii') return evaluatePersonalData(name, readSpanned(set), values.stream);
  const classifier = values['patterns-only'] ? undefined : loadClassifier();
  return evaluateModeration(name, readLabelled(set), new Moderation(undefined, classifier), values.stream);
}
