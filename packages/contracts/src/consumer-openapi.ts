import { ERRORS } from '@inference/domain';
import { z } from 'zod';
import { renewAnswerSchema, reportSchema } from './attempt-messages.ts';
import { claimedAttemptSchema, claimRequestSchema } from './claim.ts';
import { consumerInfoSchema, helloAnswerSchema } from './consumer-info.ts';
import { CONSUMER_ROUTES, LEASE_TOKEN_HEADER } from './consumer-routes.ts';
import { pinnedImageSchema } from './image.ts';
import { liveBatchSchema, logEndsSchema } from './live-batch.ts';
import { storedOutputSchema } from './stored-output.ts';

/** What one of the routes takes and gives, beside what its address says. */
type Description = {
  readonly summary: string;
  readonly takes?: z.ZodType;
  readonly takesZip?: true;
  /** What a 200 answers; without it, the route answers 204. */
  readonly gives?: z.ZodType | 'zip';
  /** A 204, beside a 200. */
  readonly nothing?: string;
};

const DESCRIPTIONS: Record<keyof typeof CONSUMER_ROUTES, Description> = {
  hello: {
    summary: 'Say what a consumer is, can and holds; other attempts of its earlier boots go back to the queue',
    takes: consumerInfoSchema.unwrap().omit({ consumerId: true }),
    gives: helloAnswerSchema,
  },
  claim: {
    summary: 'Claim the next task; repeated with the same claimId, it answers the same attempt',
    takes: claimRequestSchema,
    gives: claimedAttemptSchema,
    nothing: 'No task is due.',
  },
  renew: { summary: 'Keep a lease; "stop" once the user has cancelled', gives: renewAnswerSchema },
  awaitStop: {
    summary: 'Wait for a reason to stop: answered at once when the user cancels, else "continue" after a while',
    gives: renewAnswerSchema,
  },
  tellLive: { summary: 'Tell what the model prints, and how far it is', takes: liveBatchSchema },
  findLogEnds: { summary: 'Where the log of each stream ends that was told, in bytes', gives: logEndsSchema },
  pinImage: { summary: 'Pin the image; answers the one to use', takes: pinnedImageSchema, gives: pinnedImageSchema },
  fetchInput: { summary: 'The input zip of an attempt; ranges are supported', gives: 'zip' },
  fetchModelZip: { summary: 'The static files of the model of an attempt; ranges are supported', gives: 'zip' },
  putOutput: { summary: 'Store the output zip; it counts once the outcome names it', takesZip: true, gives: storedOutputSchema },
  freeDevices: { summary: 'Say that nothing of the model runs any more: the devices of the attempt are free' },
  report: { summary: 'Report how an attempt ended', takes: reportSchema },
};

const ZIP = { 'application/zip': { schema: { type: 'string', format: 'binary' } } };
const TOKEN = {
  name: LEASE_TOKEN_HEADER,
  in: 'header',
  required: true,
  schema: { type: 'string' },
  description: 'The token of the lease.',
};

/** The paths of the OpenAPI document that consumers use, made from the schemas that both sides check with. */
export const CONSUMER_PATHS: Readonly<Record<string, object>> = Object.fromEntries(
  Object.entries(CONSUMER_ROUTES).map(([name, { method, path }]) => {
    const operation = { [method.toLowerCase()]: operationOf(name, DESCRIPTIONS[name as keyof typeof CONSUMER_ROUTES]) };
    const names = [...path.matchAll(/:(\w+)/g)].map((match) => String(match[1]));
    const parameters = names.map((each) => ({ name: each, in: 'path', required: true, schema: { type: 'string' } }));
    const token = path.startsWith('/api/attempts/') ? [TOKEN] : [];
    return [path.replace(/:(\w+)/g, '{$1}'), { parameters: [...parameters, ...token], ...operation }];
  }),
);

function operationOf(operationId: string, { summary, takes, takesZip, gives, nothing }: Description): object {
  const body = takes === undefined ? null : json(takes);
  const content = takesZip === true ? ZIP : body;
  return {
    tags: ['consumers'],
    operationId,
    summary,
    ...(content === null ? {} : { requestBody: { required: true, content } }),
    responses: {
      ...(gives === undefined ? {} : { 200: { description: summary, content: gives === 'zip' ? ZIP : json(gives) } }),
      ...(gives === undefined || nothing !== undefined ? { 204: { description: nothing ?? 'Done.' } } : {}),
      401: refusal(ERRORS.unauthorized.message),
      403: refusal(ERRORS.forbidden.message),
      409: refusal(ERRORS.stale.message),
      422: refusal(ERRORS.invalid_request.message),
      503: refusal(ERRORS.unavailable.message),
    },
  };
}

function refusal(description: string) {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };
}

/** In OpenAPI, `readOnly` is what only answers have; in zod it says that nobody changes what was read. */
function json(schema: z.ZodType) {
  const drop = ({ jsonSchema }: { jsonSchema: { readOnly?: boolean } }) => void delete jsonSchema.readOnly;
  return { 'application/json': { schema: z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', override: drop }) } };
}
