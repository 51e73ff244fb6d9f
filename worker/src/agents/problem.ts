/** Something wrong in a file that a person wrote. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What is wrong, and what would be right. */
  readonly message: string;
}

export function problemText({ file, line, message }: Problem): string {
  return `${file}:${line}: ${message}`;
}
