import { z } from 'zod';
import { nearest } from '../nearest.ts';

/** What a schema found wrong, in words for whoever wrote the file. */
export interface ShapeProblem {
  path: PropertyKey[];
  message: string;
}

/** @param value what was checked, to tell what is missing from what is wrong */
export function shapeProblems(schema: z.ZodType, value: unknown, error: z.ZodError): ShapeProblem[] {
  return error.issues.flatMap((issue): ShapeProblem[] => {
    const path = [...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `${nameOf([...path, key])}: there is no such field${nearest(key, known)}`,
      }));
    }
    if (issue.code === 'invalid_key') {
      return [{ path, message: `${nameOf(path)}: ${issue.issues[0]?.message ?? 'is not a possible name'}` }];
    }
    const given = path.reduce<unknown>(
      (at, step) => (at as Record<PropertyKey, unknown> | null)?.[step],
      value,
    );
    if (given === undefined) {
      const meaning = schemasAt(schema, path).find(({ description }) => description)?.description;
      return [{ path, message: `${nameOf(path)} is missing${meaning === undefined ? '' : ` (${meaning})`}` }];
    }
    const hint =
      issue.code === 'invalid_value' && typeof given === 'string'
        ? nearest(given, issue.values.map(String))
        : '';
    return [{ path, message: `${nameOf(path)}: ${plain(issue.message)}${hint}` }];
  });
}

/** `tools[0].url` */
function nameOf(path: readonly PropertyKey[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step + 1}]` : `.${String(step)}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

function plain(message: string): string {
  return message
    .replace(/^Invalid (input|option): /, '')
    .replace(/^Too (big|small): expected \w+ to have/, 'must have')
    .replace(/^Too (big|small): expected \w+ to be/, 'must be')
    .replace(/^expected/, 'must be');
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return schemasAt(schema, path).flatMap((found) =>
    found instanceof z.ZodObject ? Object.keys(found.shape) : [],
  );
}

/** The schemas that stand at a path, from the outermost wrapper in; more than one way where there is a union. */
function schemasAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.ZodType[] {
  let level = unwrapped(schema);
  for (const step of path) {
    level = level.flatMap((found) => {
      if (found instanceof z.ZodObject) {
        const next = (found.shape as Record<PropertyKey, z.core.$ZodType | undefined>)[step];
        return next === undefined ? [] : unwrapped(next);
      }
      if (found instanceof z.ZodArray) return unwrapped(found.element);
      return found instanceof z.ZodRecord ? unwrapped(found.valueType) : [];
    });
  }
  return level;
}

function unwrapped(schema: z.core.$ZodType): z.ZodType[] {
  if (!(schema instanceof z.ZodType)) return [];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return [schema, ...unwrapped(schema.unwrap())];
  }
  if (schema instanceof z.ZodUnion) return [schema, ...schema.options.flatMap(unwrapped)];
  return [schema];
}
