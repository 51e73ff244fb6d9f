/** What personal data is told apart. */
export const personalKinds = [
  'CARD',
  'PHONE',
  'EMAIL',
  'SSN',
  'IBAN',
  'ADDRESS',
  'IP',
  'DATE_OF_BIRTH',
  'LICENCE',
  'PERSON',
] as const;

export type PersonalKind = (typeof personalKinds)[number];

/** Where in a text personal data stands: UTF-16 offsets, the end not included. */
export interface PersonalSpan {
  readonly start: number;
  readonly end: number;
  readonly kind: PersonalKind;
}
