import { randomBytes } from 'node:crypto';

/** A LINK_SECRET for processes that start and end together. */
export const newSecret = (): string => randomBytes(24).toString('base64url');
