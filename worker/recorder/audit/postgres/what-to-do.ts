/** In the place of a code of PostgreSQL: a newer release brought the schema up to date. */
export const newerSchema = 'NEWER_SCHEMA';

/** Codes of PostgreSQL, and this one, for what waiting does not mend. */
const advice: Readonly<Record<string, string>> = {
  '28P01': 'correct the password in AUDIT_DATABASE_URL',
  '28000': 'correct the user in AUDIT_DATABASE_URL, or let it in (pg_hba.conf)',
  '3D000': 'create the database, or correct its name in AUDIT_DATABASE_URL',
  '42501': 'let the user of AUDIT_DATABASE_URL create tables',
  [newerSchema]: 'deploy the newer release again',
};

/** What an operator does about a database that cannot be used. */
export function whatToDo(error: Error): string {
  return (
    advice[(error as NodeJS.ErrnoException).code ?? ''] ?? 'start PostgreSQL, or correct AUDIT_DATABASE_URL'
  );
}
