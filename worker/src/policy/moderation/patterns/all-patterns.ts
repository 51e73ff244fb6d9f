import { explicit } from './explicit.ts';
import { harassment } from './harassment.ts';
import { hate } from './hate.ts';
import { illegal } from './illegal.ts';
import { jailbreak } from './jailbreak.ts';
import { otherLanguages } from './other-languages.ts';
import type { Pattern } from './pattern.ts';
import { selfHarm } from './self-harm.ts';
import { violence } from './violence.ts';

export const allPatterns: readonly Pattern[] = [
  ...[...selfHarm, ...violence, ...jailbreak],
  ...otherLanguages,
  ...[...hate, ...illegal, ...explicit, ...harassment],
];
