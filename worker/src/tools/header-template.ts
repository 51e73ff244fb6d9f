/** A request header whose value may name secrets as `{{name}}`. */
export interface HeaderTemplate {
  readonly name: string;
  readonly template: string;
  /** The secrets it needs. */
  readonly secrets: readonly string[];
}

const secretName = /\{\{\s*([\w.-]+)\s*\}\}/g;

export function headerTemplate(name: string, template: string): HeaderTemplate {
  const secrets = [...template.matchAll(secretName)].map(([, secret]) => secret!);
  return Object.freeze({ name: name.toLowerCase(), template, secrets: Object.freeze(secrets) });
}

/** The value with its secrets, or undefined when one is missing. Never log it. */
export function headerValue(
  header: HeaderTemplate,
  secrets: ReadonlyMap<string, string>,
): string | undefined {
  if (header.secrets.some((name) => !secrets.has(name))) return undefined;
  return header.template.replace(secretName, (_, name: string) => secrets.get(name) ?? '');
}
