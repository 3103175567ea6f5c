/** What a caller may be allowed to do. Each route of /api/v1 names the one that it takes; none includes another. */
export const SCOPES = ['submit', 'read', 'operate', 'admin', 'consumer'] as const;
export type Scope = (typeof SCOPES)[number];

/** What each scope lets its holder do, for people. */
export const SCOPE_SENTENCES: Readonly<Record<Scope, string>> = {
  submit: 'Send tasks; cancel, retry and delete the own ones.',
  read: 'Look at the own tasks, download their inputs and outputs, and see the models.',
  operate: "See consumers and queues, and put ended tasks back into the queue, whoever's they are.",
  admin: 'Register, change and disable models, make, change and revoke keys, read the audit, and reach the tasks of everybody.',
  consumer: 'Claim tasks and run them.',
};
