import { KEY_ROUTES } from './key-routes.ts';
import { MODEL_ROUTES } from './model-routes.ts';
import { OPERATION_ROUTES } from './operation-routes.ts';
import { TASK_ROUTES } from './task-routes.ts';
import type { V1Route } from './v1-route.ts';

/**
 * Every route of /api/v1: what the private API mounts, the relay lets through and the OpenAPI document says. Those that are public still
 * take a key with their scope.
 */
export const V1_ROUTES: readonly V1Route[] = [...TASK_ROUTES, ...MODEL_ROUTES, ...OPERATION_ROUTES, ...KEY_ROUTES];
