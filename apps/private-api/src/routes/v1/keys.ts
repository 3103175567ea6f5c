import { type KeyView, keyChangeSchema, newKeySchema, pageQuerySchema, rotationSchema, V1_LIMITS } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { actorOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { jsonBody } from '../../json-body.ts';
import type { KnownKeys } from '../../keys/known-keys.ts';
import { changeKey } from '../../services/change-key.ts';
import { createKey } from '../../services/create-key.ts';
import { revokeKey } from '../../services/revoke-key.ts';
import { rotateKey } from '../../services/rotate-key.ts';
import { checkFields } from '../../v1/check-fields.ts';
import { readCursor } from '../../v1/cursor.ts';
import { keyOf, shownKeyOf } from '../../v1/key-of.ts';
import { pathParameter } from '../../v1/path-parameter.ts';
import { readQuery } from '../../v1/read-query.ts';
import { sendPage } from '../../v1/send-page.ts';

const message = jsonBody(V1_LIMITS.jsonBytesMax);

/** POST /api/v1/keys -> 201, the key with its secret, this once. */
export function createKeyRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    await message(request, response, () => {});
    const made = await createKey(deps, actorOf(response), checkFields(newKeySchema, 'body', request.body));
    response.status(201).set('Location', `/api/v1/keys/${made.row.prefix}`).json(shownKeyOf(made));
  };
}

/** GET /api/v1/keys -> 200, a page of keys, newest first. */
export function listKeysRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { limit = V1_LIMITS.pageDefault, cursor } = readQuery(pageQuerySchema, request);
    const rows = await deps.store.listKeys({ before: readCursor(cursor), countMax: limit + 1 });
    sendPage(request, response, { rows, limit }, (row): KeyView => keyOf(row));
  };
}

/** PATCH /api/v1/keys/{key} -> 200, the key as it is now; here what it may do changes at once. */
export function changeKeyRoute(deps: Deps, keys: KnownKeys): RequestHandler {
  return async (request, response) => {
    const prefix = pathParameter(request, 'key', 'key_not_found');
    await message(request, response, () => {});
    const changed = await changeKey(deps, actorOf(response), prefix, checkFields(keyChangeSchema, 'body', request.body));
    keys.forget(prefix);
    response.json(keyOf(changed));
  };
}

/** DELETE /api/v1/keys/{key} -> 204; here it opens nothing from now on. */
export function revokeKeyRoute(deps: Deps, keys: KnownKeys): RequestHandler {
  return async (request, response) => {
    const prefix = pathParameter(request, 'key', 'key_not_found');
    await revokeKey(deps, actorOf(response), prefix);
    keys.forget(prefix);
    response.status(204).end();
  };
}

/** POST /api/v1/keys/{key}/rotate -> 200, the key with its new secret, this once. */
export function rotateKeyRoute(deps: Deps, keys: KnownKeys): RequestHandler {
  return async (request, response) => {
    const prefix = pathParameter(request, 'key', 'key_not_found');
    await message(request, response, () => {});
    const { grace_seconds: graceSeconds } = checkFields(rotationSchema, 'body', request.body);
    const rotated = await rotateKey(deps, actorOf(response), prefix, graceSeconds);
    keys.forget(prefix);
    response.json(shownKeyOf(rotated));
  };
}
