import { MODEL_ID_PATTERN, UID_PATTERN } from '@inference/domain';
import { EXAMPLE } from '../example.ts';

/**
 * What stands for `{name}` in the path of a route; null for the rest of the path, which may hold slashes. The examples are filled in on the
 * page: they work on a server that was just started, but that it has no such task and key yet.
 */
export const V1_PARAMETERS = {
  task: { pattern: UID_PATTERN, text: 'The id of the task: 43 characters.', example: EXAMPLE.task },
  model: { pattern: MODEL_ID_PATTERN, text: 'The id of the model.', example: EXAMPLE.model },
  client: {
    pattern: /^[A-Za-z0-9._~-]{1,128}$/,
    text: 'A name of your own for the task: 1 to 128 letters, digits and . _ ~ -',
    example: 'study-A-12',
  },
  key: { pattern: /^[A-Za-z0-9]{8}$/, text: 'The prefix of the key: the 8 characters after `isk_`.', example: EXAMPLE.keyPrefix },
  consumer: { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, text: 'The id of the consumer.', example: 'standalone' },
  path: { pattern: null, text: 'The path of a file in the output, as the list of files names it.', example: EXAMPLE.outputFile },
} as const;
export type V1Parameter = keyof typeof V1_PARAMETERS;

/** How long the values of a query may be, in characters; no route knows any other name. */
export const V1_QUERY_CHARS_MAX = {
  wait: 9,
  limit: 9,
  cursor: 200,
  state: 16,
  model: 128,
  label: 321,
  time_limit_seconds: 9,
  deadline_seconds: 9,
  priority: 6,
  gpus: 4,
  stream: 9,
  tail: 10,
  attempt: 10,
} as const;
export type V1QueryKey = keyof typeof V1_QUERY_CHARS_MAX;

/** Names of a query that may come more than once; of all others the last one counts. */
export const V1_REPEATED: readonly string[] = ['label' satisfies V1QueryKey];

/** A rest path may be so long, in characters. */
export const V1_FILE_PATH_CHARS_MAX = 4_096;
