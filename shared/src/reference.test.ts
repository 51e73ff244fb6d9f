import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errors } from './errors.ts';
import { referenceParts, withPart } from './reference.ts';
import { envExample } from './variable-docs.ts';

describe('the documents', () => {
  it.each(referenceParts().map((part) => [part.file, part] as const))(
    '%s says what the code does',
    (file, part) => {
      const document = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      expect(document, 'run `npm run reference`').toBe(withPart(document, part));
    },
  );
});

it('a copy of .env.example sets nothing until somebody uncomments a line', () => {
  expect(
    envExample()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('# ')),
  ).toEqual([]);
});

describe('the error table', () => {
  const rows = Object.entries(errors) as [string, { close?: number; retry: boolean }][];

  it('closes with 4000–4499 what is worth another try, and with 4500–4999 what is not', () => {
    for (const [id, { close, retry }] of rows) {
      if (close !== undefined) expect(close >= 4000 && close < 4500, id).toBe(retry);
    }
  });

  it('has no two ids with one close code', () => {
    const codes = rows.map(([, { close }]) => close).filter((close) => close !== undefined);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
