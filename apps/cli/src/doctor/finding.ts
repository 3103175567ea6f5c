/** What was looked at, how it is, and what to do about it. */
export type Finding = {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly text: string;
  /** What to type, or whom to ask; null where all is well. */
  readonly remedy: string | null;
  /** Does what is safe to do without asking; only where there is such a thing. */
  readonly mend?: () => Promise<void>;
};

/** All is well. */
export function fine(name: string, text: string): Finding {
  return { name, state: 'ok', text, remedy: null };
}

/** It works, but not all of it, or not for long. */
export function doubtful(name: string, text: string, remedy: string): Finding {
  return { name, state: 'warning', text, remedy };
}

/** It does not work. */
export function broken(name: string, text: string, remedy: string): Finding {
  return { name, state: 'failed', text, remedy };
}
