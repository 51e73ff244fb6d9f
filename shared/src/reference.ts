import { type ErrorId, errorSpec, errors } from './errors.ts';
import { envExample, variableDocs } from './variable-docs.ts';

/** A part of a document that is written from the code, between two marker comments. */
export interface ReferencePart {
  /** Path from the root of the project. */
  file: string;
  /** The markers are `<!-- <name>:begin -->` and `<!-- <name>:end -->`; undefined: the whole file. */
  name: string | undefined;
  text: string;
}

/** Everything that documents say and the code decides; `npm run reference` writes it, a test compares it. */
export function referenceParts(): ReferencePart[] {
  return [
    { file: '.env.example', name: undefined, text: envExample() },
    { file: 'RUNBOOK.md', name: 'environment', text: environmentTable() },
    { file: 'docs/PROTOCOL.md', name: 'errors', text: errorTable() },
  ];
}

/** The document with that part brought up to date. @throws when the markers are missing */
export function withPart(document: string, { name, text, file }: ReferencePart): string {
  if (name === undefined) return text;
  const begin = `<!-- ${name}:begin -->\n`;
  const end = `<!-- ${name}:end -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to < from) throw new Error(`${file} has no markers ${begin.trim()} … ${end}`);
  return document.slice(0, from + begin.length) + text + document.slice(to);
}

function environmentTable(): string {
  const rows = variableDocs().map(
    ({ name, description, default: value }) =>
      `| \`${name}\` | ${value === undefined ? 'must be set' : value === '' ? '' : `\`${value}\``} | ${description} |`,
  );
  return ['| variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

function errorTable(): string {
  const rows = (Object.keys(errors) as ErrorId[]).map((id) => {
    const { text, status, close, retry } = errorSpec(id);
    return `| \`${id}\` | ${text} | ${retry ? 'yes' : 'no'} | ${status ?? ''} | ${close ?? ''} |`;
  });
  return [
    '| code | meaning | retryable | HTTP status | close code |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
