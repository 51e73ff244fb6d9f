import type { WrittenFact } from '../knowledge/fact.ts';
import { searchKnowledgeName } from '../knowledge/search-knowledge.ts';
import { termReader } from '../knowledge/terms.ts';
import { phraseProblem } from '../policy/phrase-problem.ts';
import { isRuleId, looksLikeRuleId, rulesLike } from '../policy/rule-ids.ts';
import type { AgentDeclaration } from './agent-declaration.ts';
import { committalWord } from './committal-words.ts';
import type { ShapeProblem } from './shape-problems.ts';

/** Sections that have the right shape; the others are left out, and so are the checks that need them. */
export type Sections = Partial<AgentDeclaration>;

/** What no field says alone: ids used twice or nowhere declared, claims both allowed and not, lines that promise. */
export function contradictions(
  { language = 'en', reflexes = [], allowed_claims, disallowed_claims, disclaimers, policy, tools }: Sections,
  facts: readonly WrittenFact[],
): ShapeProblem[] {
  const problems: ShapeProblem[] = [];
  const wrong = (path: PropertyKey[], message: string) => problems.push({ path, message });

  for (const [i, line] of reflexes.entries()) {
    const word = committalWord(line, language);
    if (word !== undefined) {
      wrong(
        ['reflexes', i],
        `reflex “${line}” commits to something (“${word}”); it is said before anybody has thought, so only sounds like “Mm-hmm.” or “Let me see.” will do`,
      );
    }
    const first = reflexes.findIndex((other) => other.toLowerCase() === line.toLowerCase());
    if (first < i) wrong(['reflexes', i], `reflex “${line}” is there twice`);
  }

  for (const [field, list = []] of Object.entries({ allowed_claims, disclaimers })) {
    eachTwice(
      list,
      ({ id }) => id,
      (i, first) => {
        wrong(
          [field, i, 'id'],
          `${field}: id ${list[i]!.id} is used twice, first by the ${ordinal(first)} entry`,
        );
      },
    );
  }
  eachTwice(
    tools ?? [],
    ({ name }) => name,
    (i) => {
      wrong(['tools', i, 'name'], `tools: there are two of the name ${tools![i]!.name}`);
    },
  );
  for (const [i, { name }] of (tools ?? []).entries()) {
    if (name === searchKnowledgeName) {
      wrong(
        ['tools', i, 'name'],
        `tools: ${name} is the built-in search of the knowledge; choose another name`,
      );
    }
  }

  const same = sameClaim(language);
  for (const [i, text] of (disallowed_claims ?? []).entries()) {
    const allowed = allowed_claims?.find((claim) => same(claim.text) === same(text));
    if (allowed !== undefined) {
      wrong(
        ['disallowed_claims', i],
        `“${text}” is also allowed (allowed_claims, id ${allowed.id}); remove one of the two`,
      );
    }
  }

  for (const [i, exception] of (policy?.exceptions ?? []).entries()) {
    if (!looksLikeRuleId(exception)) {
      const problem = phraseProblem(exception);
      if (problem !== undefined) wrong(['policy', 'exceptions', i], problem);
      continue;
    }
    if (isRuleId(exception)) continue;
    const like = rulesLike(exception).slice(0, 10);
    wrong(
      ['policy', 'exceptions', i],
      `there is no rule “${exception}”${like.length > 0 ? `; there are ${like.join(', ')}` : ''}. A phrase has neither “.” nor “:”`,
    );
  }

  for (const [i, { phrase }] of (policy?.extra_phrases ?? []).entries()) {
    const problem = phraseProblem(phrase);
    if (problem !== undefined) wrong(['policy', 'extra_phrases', i, 'phrase'], problem);
  }

  const disclaimerIds = new Set(disclaimers?.map(({ id }) => id));
  for (const [i, { disclaimer }] of (allowed_claims ?? []).entries()) {
    if (disclaimers !== undefined && disclaimer !== undefined && !disclaimerIds.has(disclaimer)) {
      wrong(['allowed_claims', i, 'disclaimer'], `there is no disclaimer of the id ${disclaimer}`);
    }
  }
  const claimIds = new Set(allowed_claims?.map(({ id }) => id));
  const factNames = new Set(facts.flatMap(({ fact }) => [fact.id, fact.category]));
  for (const [i, { when }] of (disclaimers ?? []).entries()) {
    for (const [j, claim] of when.claims.entries()) {
      if (allowed_claims !== undefined && !claimIds.has(claim)) {
        wrong(['disclaimers', i, 'when', 'claims', j], `there is no allowed claim of the id ${claim}`);
      }
    }
    for (const [j, fact] of when.facts.entries()) {
      if (!factNames.has(fact)) {
        wrong(['disclaimers', i, 'when', 'facts', j], `no fact has the id or category ${fact}`);
      }
    }
  }
  return problems;
}

/** Claims that differ in articles, endings or punctuation only are the same; negations are no stop words. */
function sameClaim(language: string): (text: string) => string {
  const read = termReader(language);
  return (text) => read(text).join(' ') || text.trim().toLowerCase();
}

function eachTwice<T>(
  list: readonly T[],
  key: (item: T) => string,
  found: (i: number, first: number) => void,
): void {
  const firsts = new Map<string, number>();
  for (const [i, item] of list.entries()) {
    const first = firsts.get(key(item));
    if (first === undefined) firsts.set(key(item), i);
    else found(i, first);
  }
}

function ordinal(index: number): string {
  return ['first', 'second', 'third'][index] ?? `${index + 1}th`;
}
