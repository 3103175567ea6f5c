import type { KeyWish } from '@inference/client';

/** What keys can be made for. */
export const KEY_SCOPES = ['submit', 'read', 'operate', 'admin', 'consumer'] as const satisfies KeyWish['scopes'];
