// `npm run reference`: writes what documents say and the code decides into the documents.
import { readFileSync, writeFileSync } from 'node:fs';
import { referenceParts, withPart } from '@vjj/shared/reference.ts';
import { inProject } from './project.ts';

for (const part of referenceParts()) {
  const path = inProject(part.file);
  const before = readFileSync(path, 'utf8');
  const after = withPart(before, part);
  if (after === before) continue;
  writeFileSync(path, after);
  console.log(`updated ${part.file}`);
}
