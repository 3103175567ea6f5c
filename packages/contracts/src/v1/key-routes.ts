import { auditPageSchema } from './audit.ts';
import { AUDIT_ENTRY, KEY, KEY_CHANGE, ME, NEW_KEY, SHOWN_KEY } from './examples-of-keys.ts';
import { keyChangeSchema, keyPageSchema, keySchema, meSchema, newKeySchema, rotationSchema, shownKeySchema } from './key.ts';
import { pageQuerySchema } from './task-options.ts';
import type { V1Route } from './v1-route.ts';

const JSON_REFUSALS = ['invalid_request', 'upload_incomplete', 'message_too_large', 'unsupported_media_type'] as const;
const SHOWN = { schema: shownKeySchema, example: SHOWN_KEY };

/** Who may use the server, who did what, and who is asking. */
export const KEY_ROUTES: readonly V1Route[] = [
  {
    id: 'getMe',
    method: 'GET',
    path: '/api/v1/me',
    tag: 'keys',
    scope: 'any',
    public: true,
    summary: 'See who you are here, what you may do, and your limits',
    answers: { 200: { text: 'You.', schema: meSchema, example: ME } },
    refusals: [],
  },
  {
    id: 'createKey',
    method: 'POST',
    path: '/api/v1/keys',
    tag: 'keys',
    scope: 'admin',
    public: true,
    summary: 'Make a key',
    bodies: [{ type: 'application/json', schema: newKeySchema, text: 'What is left out is not limited.', example: NEW_KEY }],
    answers: { 201: { text: 'The key, with its secret: it is shown only now.', headers: ['Location'], ...SHOWN } },
    refusals: JSON_REFUSALS,
  },
  {
    id: 'listKeys',
    method: 'GET',
    path: '/api/v1/keys',
    tag: 'keys',
    scope: 'admin',
    public: true,
    summary: 'List the keys, newest first',
    query: pageQuerySchema,
    answers: {
      200: { text: 'A page of keys.', schema: keyPageSchema, example: { items: [KEY], next_cursor: null }, headers: ['Link'] },
    },
    refusals: ['invalid_request'],
  },
  {
    id: 'changeKey',
    method: 'PATCH',
    path: '/api/v1/keys/{key}',
    tag: 'keys',
    scope: 'admin',
    public: true,
    summary: 'Change the name, the scopes, the limits or the end of a key; its secret stays',
    bodies: [{ type: 'application/json', schema: keyChangeSchema, text: 'What is left out stays as it is.', example: KEY_CHANGE }],
    answers: { 200: { text: 'The key as it is now, at other private APIs within 10 seconds.', schema: keySchema, example: KEY } },
    refusals: ['key_not_found', 'key_ended', ...JSON_REFUSALS],
  },
  {
    id: 'revokeKey',
    method: 'DELETE',
    path: '/api/v1/keys/{key}',
    tag: 'keys',
    scope: 'admin',
    public: true,
    summary: 'Revoke a key; again and again does no harm',
    answers: { 204: { text: 'It opens nothing any more, at other private APIs within 10 seconds.' } },
    refusals: ['key_not_found'],
  },
  {
    id: 'rotateKey',
    method: 'POST',
    path: '/api/v1/keys/{key}/rotate',
    tag: 'keys',
    scope: 'admin',
    public: true,
    summary: 'Give a key a new secret; the old one works for a while',
    bodies: [{ type: 'application/json', schema: rotationSchema, text: 'How long the old secret works; {} for a day.', example: {} }],
    answers: { 200: { text: 'The key, with its new secret: it is shown only now.', ...SHOWN } },
    refusals: ['key_not_found', 'key_ended', ...JSON_REFUSALS],
  },
  {
    id: 'listAudit',
    method: 'GET',
    path: '/api/v1/audit',
    tag: 'keys',
    scope: 'admin',
    public: true,
    summary: 'See who did what, newest first',
    query: pageQuerySchema,
    answers: {
      200: { text: 'A page.', schema: auditPageSchema, example: { items: [AUDIT_ENTRY], next_cursor: null }, headers: ['Link'] },
    },
    refusals: ['invalid_request'],
  },
];
