import type { AuditEntry } from './audit.ts';
import type { KeyView, Me, ShownKey } from './key.ts';

const LIMITS = { requests_per_minute: 600, upload_bytes: null, queued_tasks: 100, running_tasks: null };

/** Answers as they look. */
export const KEY: KeyView = {
  prefix: 'Qm3vT8xY',
  owner: 'ada',
  name: 'notebook',
  scopes: ['submit', 'read'],
  limits: LIMITS,
  created_at: '2026-11-02T08:15:30.000Z',
  created_by: 'admin',
  expires_at: '2027-11-02T00:00:00.000Z',
  revoked_at: null,
  last_used_at: null,
  old_secret_until: null,
};

export const SHOWN_KEY: ShownKey = { ...KEY, secret: 'isk_Qm3vT8xY_...' };

export const ME: Me = {
  owner: 'ada',
  key: 'Qm3vT8xY',
  name: 'notebook',
  scopes: ['submit', 'read'],
  limits: LIMITS,
  expires_at: '2030-01-01T00:00:00.000Z',
};

export const AUDIT_ENTRY: AuditEntry = {
  at: '2026-11-02T08:15:30.000Z',
  actor: 'admin',
  key: null,
  action: 'key.made',
  subject: 'Qm3vT8xY',
  detail: { owner: 'ada', name: 'notebook', scopes: ['submit', 'read'] },
  request_id: '0b9e6a52-7d0e-4d4c-a7f5-5d6fd1c2b3a4',
};

export const KEY_CHANGE = { name: 'lab notebook', limits: { queued_tasks: 200 } };

export const NEW_KEY = { owner: 'ana', name: 'laptop', scopes: ['submit', 'read'] };
