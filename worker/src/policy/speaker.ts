/** Whose words are judged. */
export type Speaker = 'user' | 'assistant';
