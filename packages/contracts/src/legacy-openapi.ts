import { ERRORS, LOOSENABLE } from '@inference/domain';
import { CONSUMER_PATHS } from './consumer-openapi.ts';
import { EXAMPLE } from './example.ts';

const ERROR_BODY = {
  type: 'object',
  required: ['detail'],
  properties: {
    detail: { description: 'What was wrong, in a sentence; for 422 a list of the wrong fields.' },
    code: { type: 'string', description: 'A stable name of the error.' },
  },
};
const ERROR_CONTENT = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };

function answer(description: string) {
  return { description, content: ERROR_CONTENT };
}

function zipBody(required: boolean, what: string) {
  const properties = { zip_file: { type: 'string', format: 'binary', description: what } };
  const schema = { type: 'object', ...(required ? { required: ['zip_file'] } : {}), properties };
  return { required, content: { 'multipart/form-data': { schema } } };
}

function query(
  name: string,
  options: {
    type: 'string' | 'boolean' | 'integer';
    required?: boolean;
    default?: boolean;
    example?: string | boolean;
    description: string;
  },
) {
  const schema = { type: options.type, ...(options.default === undefined ? {} : { default: options.default }) };
  const example = options.example === undefined ? {} : { example: options.example };
  return { name, in: 'query', required: options.required ?? false, description: options.description, schema, ...example };
}

const UID = {
  name: 'uid',
  in: 'path',
  required: true,
  description: 'The uid that the POST answered: 43 characters.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' },
  example: EXAMPLE.task,
};
const STATUS = query('status', {
  type: 'string',
  description: '"standard" answers 202, 409, 410 and 404 in place of 551 to 554.',
});
const TASK_STATUS_ANSWERS = {
  551: answer(`${ERRORS.task_pending.message}: ask again in the seconds that Retry-After names.`),
  552: answer(`${ERRORS.task_failed.message}: it failed or was cancelled; the text says why.`),
  553: answer(`${ERRORS.output_gone.message}: it was removed after its time.`),
};
const REFUSED_UPLOAD = {
  400: answer('The zip is broken or the request cannot be read.'),
  401: answer(ERRORS.unauthorized.message),
  413: answer(ERRORS.upload_too_large.message),
  415: answer('The upload is not a zip that is supported.'),
  422: answer('A field is missing or wrong, or the zip holds something that is not allowed.'),
  503: answer(ERRORS.unavailable.message),
};

const tasksPath = {
  post: {
    tags: ['tasks'],
    operationId: 'submitTask',
    summary: 'Send a task: an input zip for a model',
    parameters: [
      query('model_human_readable_id', {
        type: 'string',
        required: true,
        example: EXAMPLE.model,
        description: 'The id of a registered model.',
      }),
      STATUS,
    ],
    requestBody: zipBody(true, 'The input of the model, as a zip.'),
    responses: {
      200: {
        description: 'The task is accepted; the answer is its uid.',
        content: { 'application/json': { schema: { type: 'string', minLength: 43, maxLength: 43 }, example: EXAMPLE.task } },
      },
      ...REFUSED_UPLOAD,
      554: answer(ERRORS.model_not_found.message),
    },
  },
};

const taskPath = {
  parameters: [UID, STATUS],
  get: {
    tags: ['tasks'],
    operationId: 'getTaskOutput',
    summary: 'Get the output zip of a task, or where the task is',
    responses: {
      200: {
        description: 'The output zip. Ranges and HEAD are supported.',
        content: { 'application/zip': { schema: { type: 'string', format: 'binary' } } },
      },
      401: answer(ERRORS.unauthorized.message),
      ...TASK_STATUS_ANSWERS,
      554: answer(`${ERRORS.task_not_found.message}: unknown, or deleted by its user.`),
      503: answer(ERRORS.unavailable.message),
    },
  },
  delete: {
    tags: ['tasks'],
    operationId: 'deleteTask',
    summary: 'Delete a task; a queued or running one is cancelled',
    responses: {
      200: { description: 'The task is deleted.', content: { 'application/json': { schema: {} } } },
      401: answer(ERRORS.unauthorized.message),
      554: answer(ERRORS.task_not_found.message),
      503: answer(ERRORS.unavailable.message),
    },
  },
};

const MODEL_PARAMETERS = [
  query('human_readable_id', {
    type: 'string',
    required: true,
    example: EXAMPLE.newModel,
    description: 'The unique id under which tasks name this model.',
  }),
  query('container_tag', { type: 'string', required: true, example: EXAMPLE.image, description: 'The container image.' }),
  query('description', { type: 'string', description: 'What the model does.' }),
  query('model_available', { type: 'boolean', default: false, description: 'True exactly when a zip of static files is sent along.' }),
  query('use_gpu', { type: 'boolean', default: true, example: false, description: 'Whether the model needs a GPU.' }),
  query('loosened', {
    type: 'string',
    description: `Admins only. Container defaults to loosen, with commas: ${Object.keys(LOOSENABLE).join(', ')}.`,
  }),
  query('memory_mib', { type: 'integer', description: 'Admins only. Memory of the container, in MiB.' }),
  query('shm_mib', { type: 'integer', description: 'Admins only. Size of /dev/shm, in MiB.' }),
  query('pids_max', { type: 'integer', description: 'Admins only. Processes and threads at most.' }),
  query('time_limit_seconds', { type: 'integer', description: 'Admins only. Seconds that an attempt may run.' }),
  query('hang_seconds', {
    type: 'integer',
    description: 'Admins only. A model that for so long has printed nothing and used no processor time is stopped.',
  }),
  query('retries', {
    type: 'integer',
    description: 'Admins only. How often a task is tried again that ended as model_error or bad_output.',
  }),
];
const ONE_MODEL = { 'application/json': { schema: { $ref: '#/components/schemas/Model' } } };
const ALL_MODELS = { 'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/Model' } } } };

const modelsPath = {
  get: {
    tags: ['models'],
    operationId: 'listModels',
    summary: 'List the registered models',
    responses: {
      200: { description: 'All models.', content: ALL_MODELS },
      401: answer(ERRORS.unauthorized.message),
      503: answer(ERRORS.unavailable.message),
    },
  },
  post: {
    tags: ['models'],
    operationId: 'registerModel',
    summary: 'Register a model',
    parameters: MODEL_PARAMETERS,
    requestBody: zipBody(false, 'Static files of the model, as a zip; the container reads them in /model.'),
    responses: {
      200: { description: 'The model is registered.', content: ONE_MODEL },
      ...REFUSED_UPLOAD,
      405: answer('Models cannot be registered here: the administrator has not allowed it.'),
      409: answer(ERRORS.model_exists.message),
    },
  },
};

const MODEL = {
  type: 'object',
  properties: {
    uid: { type: 'string' },
    human_readable_id: { type: 'string' },
    description: { type: 'string', nullable: true },
    container_tag: { type: 'string' },
    use_gpu: { type: 'boolean' },
    model_available: { type: 'boolean' },
    model_volume_id: { type: 'string', nullable: true },
  },
};

/** The OpenAPI document of the public routes that users of the original know, with its status codes 551 to 554. */
export const LEGACY_OPENAPI = {
  openapi: '3.0.3',
  info: {
    title: 'InferenceServer',
    version: '1.2',
    description: 'Zip in, zip out: register a model, send a task, get back the zip that the model wrote.',
    license: { name: 'MIT' },
  },
  servers: [{ url: '/' }],
  tags: [{ name: 'tasks' }, { name: 'models' }],
  security: [{}, { key: [] }],
  paths: { '/api/tasks/': tasksPath, '/api/tasks/{uid}': taskPath, '/api/models/': modelsPath },
  components: {
    securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    schemas: { Error: ERROR_BODY, Model: MODEL },
  },
};

const TASK = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    uid: { type: 'string' },
    model_human_readable_id: { type: 'string' },
    datetime_created: { type: 'string', format: 'date-time' },
    datetime_dispatched: { type: 'string', format: 'date-time', nullable: true },
    datetime_finished: { type: 'string', format: 'date-time', nullable: true },
    status: { type: 'integer', enum: [-1, 0, 1, 2], description: '-1 pending, 0 failed, 1 finished, 2 running' },
    is_deleted: { type: 'boolean' },
  },
};
const REFUSED = { 401: answer(ERRORS.unauthorized.message), 403: answer(ERRORS.forbidden.message) };

/** A route for operators that answers JSON. */
function shows(operationId: string, summary: string, schema: object) {
  const tags = [operationId.includes('Model') ? 'models' : 'tasks'];
  return {
    get: {
      tags,
      operationId,
      summary,
      responses: { 200: { description: summary, content: { 'application/json': { schema } } }, ...REFUSED },
    },
  };
}

/** A route for operators that answers a zip. */
function downloads(operationId: string, summary: string) {
  const tags = [operationId.includes('Model') ? 'models' : 'tasks'];
  const zip = { description: summary, content: { 'application/zip': { schema: { type: 'string', format: 'binary' } } } };
  return { get: { tags, operationId, summary, responses: { 200: zip, ...REFUSED, 554: answer(ERRORS.task_not_found.message) } } };
}

const inPath = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } });
const task = { $ref: '#/components/schemas/Task' };
const model = { $ref: '#/components/schemas/Model' };

/** The OpenAPI document of the private API: the public routes as they are called there, those for operators and those for consumers. */
export const PRIVATE_OPENAPI = {
  ...LEGACY_OPENAPI,
  info: { ...LEGACY_OPENAPI.info, title: 'InferenceServer, private API' },
  paths: {
    '/api/tasks/': { ...tasksPath, ...shows('listTasks', 'All tasks, newest first', { type: 'array', items: task }) },
    '/api/tasks/{uid}': { parameters: [UID], ...shows('getTask', 'A task', task), delete: taskPath.delete },
    '/api/tasks/inputs/{uid}': { parameters: [UID], ...downloads('getTaskInput', 'The input zip of a task') },
    '/api/tasks/outputs/{uid}': { parameters: [UID, STATUS], get: taskPath.get },
    '/api/models/': modelsPath,
    '/api/models/{uid}': { parameters: [inPath('uid')], ...shows('getModel', 'A model', model) },
    '/api/models/human_readable_id/{id}': { parameters: [inPath('id')], ...shows('getModelById', 'A model by its own id', model) },
    '/api/models/zips/{uid}': { parameters: [inPath('uid')], ...downloads('getModelZip', 'The static files of a model') },
    ...CONSUMER_PATHS,
  },
  tags: [
    ...LEGACY_OPENAPI.tags,
    { name: 'consumers', description: 'For consumers; each takes their key, those of an attempt its lease, too.' },
  ],
  components: { ...LEGACY_OPENAPI.components, schemas: { ...LEGACY_OPENAPI.components.schemas, Task: TASK } },
};
