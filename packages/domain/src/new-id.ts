import { randomBytes } from 'node:crypto';

/** 32 random bytes as 43 URL-safe characters: nobody guesses one. */
export type NewId = () => string;

export const newId: NewId = () => randomBytes(32).toString('base64url');

/** What a uid looks like, on every route. */
export const UID_PATTERN = /^[A-Za-z0-9_-]{43}$/;
