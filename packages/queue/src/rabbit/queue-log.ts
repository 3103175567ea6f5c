/** Where the adapter says what has changed; a pino logger is one. */
export type QueueLog = Record<'info' | 'warn' | 'error', (fields: object, text: string) => void>;
