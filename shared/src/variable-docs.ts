import { meaningOf, type Variable, variables } from './variables.ts';

export interface VariableDoc {
  name: Variable;
  description: string;
  /** As written in an environment file; undefined: it must be set. */
  default: string | undefined;
}

/** Every variable with its default and meaning, in the order of the schema. */
export function variableDocs(): VariableDoc[] {
  return (Object.keys(variables.shape) as Variable[]).map((name) => {
    const result = variables.shape[name].safeParse(undefined);
    return { name, description: meaningOf(name), default: result.success ? String(result.data) : undefined };
  });
}

/** The text of `.env.example`. */
export function envExample(): string {
  const lines = ['# Every variable, with its default. Copy to .env and uncomment what you change.', ''];
  for (const { name, description, default: value } of variableDocs()) {
    // Also what must be set: an empty line would take the place of what the environment says.
    lines.push(`# ${description}`, `# ${name}=${value ?? ''}`, '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
