import { MODEL, MODEL_CHANGE, MODEL_USAGE, NEW_MODEL } from './examples.ts';
import { modelChangeSchema, modelPageSchema, modelSchema, newModelSchema, registeredModelSchema } from './model.ts';
import { pageQuerySchema } from './task-options.ts';
import { UPLOAD_REFUSALS } from './upload-refusals.ts';
import { modelUsageSchema } from './usage.ts';
import type { V1Route } from './v1-route.ts';

const ONE = { text: 'The model.', schema: modelSchema, example: MODEL };

/** What callers do with models. */
export const MODEL_ROUTES: readonly V1Route[] = [
  {
    id: 'listModels',
    method: 'GET',
    path: '/api/v1/models',
    tag: 'models',
    scope: 'read',
    public: true,
    summary: 'List the models',
    query: pageQuerySchema,
    answers: {
      200: { text: 'A page of models.', schema: modelPageSchema, example: { items: [MODEL], next_cursor: null }, headers: ['Link'] },
    },
    refusals: ['invalid_request'],
  },
  {
    id: 'registerModel',
    method: 'POST',
    path: '/api/v1/models',
    tag: 'models',
    scope: 'admin',
    public: true,
    summary: 'Register a container model',
    bodies: [
      { type: 'application/json', schema: newModelSchema, text: 'What is left out has its default.', example: NEW_MODEL },
      {
        type: 'multipart/form-data',
        schema: newModelSchema,
        text: 'The same as the JSON part `model`; static files as the zip part `files`, which the container reads in /model; and a small input as the zip part `sample`, on which the model is tried at once.',
      },
    ],
    headers: ['Prefer'],
    answers: {
      201: {
        text: 'The model is registered; with `Prefer: wait` and a sample, the trial has ended, or goes on.',
        schema: registeredModelSchema,
        example: { ...MODEL, test: null },
        headers: ['Location', 'Preference-Applied'],
      },
    },
    refusals: ['model_exists', ...UPLOAD_REFUSALS],
  },
  {
    id: 'getModel',
    method: 'GET',
    path: '/api/v1/models/{model}',
    tag: 'models',
    scope: 'read',
    public: true,
    summary: 'Get a model',
    answers: { 200: ONE },
    refusals: ['model_not_found'],
  },
  {
    id: 'getModelUsage',
    method: 'GET',
    path: '/api/v1/models/{model}/usage',
    tag: 'operations',
    scope: 'operate',
    public: true,
    summary: "See what a model uses, whoever's tasks it ran",
    answers: { 200: { text: 'What its newest attempts used that did well.', schema: modelUsageSchema, example: MODEL_USAGE } },
    refusals: ['model_not_found'],
  },
  {
    id: 'changeModel',
    method: 'PATCH',
    path: '/api/v1/models/{model}',
    tag: 'models',
    scope: 'admin',
    public: true,
    summary: 'Change the description or the limits of a model, disable it, or let it take tasks again',
    bodies: [{ type: 'application/json', schema: modelChangeSchema, text: 'What is left out stays as it is.', example: MODEL_CHANGE }],
    answers: { 200: ONE },
    refusals: ['invalid_request', 'upload_incomplete', 'message_too_large', 'unsupported_media_type', 'model_not_found'],
  },
];
