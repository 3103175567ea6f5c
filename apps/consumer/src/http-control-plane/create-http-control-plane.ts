import {
  type ClaimRequest,
  CONSUMER_ROUTES,
  type ControlPlane,
  claimedAttemptSchema,
  helloAnswerSchema,
  type Lease,
  logEndsSchema,
  pinnedImageSchema,
  reportSchema,
} from '@inference/contracts';
import { AppError, type Clock } from '@inference/domain';
import type { Log } from '@inference/service';
import { z } from 'zod';
import { Api } from './api.ts';
import { ask, type Question } from './ask.ts';
import { download } from './download.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { Outage } from './outage.ts';
import { Patience } from './patience.ts';
import { UnansweredClaims } from './unanswered-claims.ts';
import { upload } from './upload.ts';
import { watchStop } from './watch-stop.ts';

/** A message must be answered within this time, in milliseconds; ... */
const MESSAGE_TIMEOUT_MS = 10_000;
/** ... and a report, which may have megabytes of logs, within this. */
const REPORT_TIMEOUT_MS = 60_000;
/** A claim without an answer is repeated for so long, in milliseconds; the next look for work goes on with it. */
const CLAIM_PATIENCE_MS = 2_000;
/** An input or a model is waited for as long, in milliseconds: the task may then be tried elsewhere. */
const FETCH_PATIENCE_MS = 5 * 60_000;
/** A download on which nothing moves for so long, in milliseconds, is begun again where it was. */
const DOWNLOAD_IDLE_MS = 30_000;
/** An upload on which nothing moves for so long, in milliseconds, is cut. Making the list of a large output takes its time, too. */
const UPLOAD_IDLE_MS = 120_000;
/** What a model has computed is not thrown away while the private API is away, for so long (a week, as a report), in milliseconds. */
const RESULT_PATIENCE_MS = 7 * 24 * 3600_000;

export type HttpControlPlaneOptions = {
  /** PRIVATE_API_URL. */
  readonly url: string;
  /** CONSUMER_KEY. */
  readonly key: string;
  readonly clock: Clock;
  readonly log: Log;
};

/** The control plane of a consumer that is a process of its own: the private API over HTTP. `close` ends its connections and its worker. */
export function createHttpControlPlane(options: HttpControlPlaneOptions): ControlPlane & { close(): Promise<void> } {
  const api = new Api(options.url, options.key);
  const keeper = new LeaseKeeper(options);
  const unanswered = new UnansweredClaims();
  const { clock, log } = options;
  const patience = (forMs: number, { taskUid, attempt }: Lease, signal: AbortSignal) =>
    new Patience({ clock, log, forMs, about: { taskUid, attempt }, signal });
  const fetchFile = (wanted: Parameters<typeof download>[1], signal: AbortSignal) =>
    download(api, wanted, { patience: patience(FETCH_PATIENCE_MS, wanted.lease, signal), signal, idleMs: DOWNLOAD_IDLE_MS });

  return {
    hello: async ({ consumerId, ...message }) => {
      const question = { route: CONSUMER_ROUTES.hello, values: { consumerId }, message, timeoutMs: MESSAGE_TIMEOUT_MS };
      // A private API that is older answers nothing.
      return (await ask(api, question, helloAnswerSchema)) ?? { leftovers: [] };
    },
    claim: (request) =>
      unanswered.ask(request, (claim) =>
        new Patience({ clock, forMs: CLAIM_PATIENCE_MS }).keepTrying(() => ask(api, claimQuestion(claim), claimedAttemptSchema)),
      ),
    keepLease: (lease, keeping) => {
      const stops = [keeper.keep(lease, keeping), watchStop(api, lease, { clock, onReply: keeping.onReply })];
      return () => {
        for (const stop of stops) stop();
      };
    },
    tellLive: async (lease, batch) => {
      await ask(api, about(lease, CONSUMER_ROUTES.tellLive, batch), z.unknown());
    },
    findLogEnds: async (lease) => {
      const ends = await ask(api, about(lease, CONSUMER_ROUTES.findLogEnds), logEndsSchema);
      if (ends === null) throw new Outage('The private API gave an empty answer to where a log ends.');
      return ends;
    },
    pinImage: (lease, image, signal) =>
      patience(RESULT_PATIENCE_MS, lease, signal).keepTrying(async () => {
        const question = about(lease, CONSUMER_ROUTES.pinImage, { image });
        const pinned = await ask(api, { ...question, signal }, pinnedImageSchema);
        if (pinned === null) throw new Outage('The private API gave an empty answer to a pinned image.');
        return pinned.image;
      }),
    fetchInput: (claimed, path, signal) => fetchFile({ route: CONSUMER_ROUTES.fetchInput, lease: claimed, path, ...claimed.input }, signal),
    fetchModelZip: (claimed, path, signal) => {
      const { zip } = claimed.model;
      if (zip === null) throw new AppError('not_found', 'The model has no zip.');
      return fetchFile({ route: CONSUMER_ROUTES.fetchModelZip, lease: claimed, path, ...zip }, signal);
    },
    putOutput: (lease, openZip, signal) =>
      patience(RESULT_PATIENCE_MS, lease, signal).keepTrying(() => upload(api, lease, openZip, { signal, idleMs: UPLOAD_IDLE_MS })),
    freeDevices: async (lease) => {
      await ask(api, about(lease, CONSUMER_ROUTES.freeDevices), z.unknown());
    },
    report: async (lease, outcome, tails) => {
      const message = reportSchema.parse({ outcome, tails });
      return await staleOr(
        'recorded',
        ask(api, { ...about(lease, CONSUMER_ROUTES.report, message), timeoutMs: REPORT_TIMEOUT_MS }, z.unknown()),
      );
    },
    close: async () => {
      await keeper.close();
      api.close();
    },
  };
}

function claimQuestion(claim: ClaimRequest): Question {
  return { route: CONSUMER_ROUTES.claim, values: {}, message: claim, timeoutMs: MESSAGE_TIMEOUT_MS };
}

function about({ taskUid, attempt, token }: Lease, route: Question['route'], message?: unknown): Question {
  return { route, values: { taskUid, attempt }, token, ...(message === undefined ? {} : { message }), timeoutMs: MESSAGE_TIMEOUT_MS };
}

async function staleOr<T>(answer: T, asking: Promise<unknown>): Promise<T | 'stale'> {
  try {
    await asking;
    return answer;
  } catch (error) {
    if (error instanceof AppError && error.code === 'stale') return 'stale';
    throw error;
  }
}
