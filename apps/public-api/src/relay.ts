import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '@inference/domain';
import type { Caller, RequestLog } from '@inference/service';
import { createProxyMiddleware, type Plugin } from 'http-proxy-middleware';
import { announcesBody } from './body-framing.ts';
import type { Client } from './client-of.ts';
import { countBody } from './count-body.ts';
import { endAfterUpload } from './end-after-upload.ts';
import { forwardingHeaders, headersFromClient, headersFromUpstream } from './passed-headers.ts';
import { type RefuseOptions, refuse } from './refuse.ts';
import type { RelayLimits } from './relay-limits.ts';
import { originOf, type RelayTarget } from './target-origin.ts';
import { createUpstreamAgent, type UpstreamAgent } from './upstream-agent.ts';
import { watchIdle } from './watch-idle.ts';
import { watchUpstream } from './watch-upstream.ts';

/** Where a log of the relay goes; a pino logger is one. */
export type RelayLog = RequestLog & { warn(fields: Record<string, unknown>, message: string): void };

export type ForwardOptions = {
  readonly target: RelayTarget;
  readonly relayToken: string;
  readonly limits: RelayLimits;
  readonly log: RelayLog;
};

/** One request that is allowed through. `url` is rebuilt, never the client's own. */
export type Passage = { readonly url: string; readonly caller: Caller; readonly client: Client; readonly requestId: string };

export type Forward = (req: IncomingMessage, res: ServerResponse, passage: Passage) => Promise<void>;

const RETRY_AFTER_SECONDS = '5';
/** A client that sends nothing has nothing to be thrown away. */
const SILENT: RefuseOptions = { status: 408, lingerMs: 0 };

/**
 * Makes the function that passes one allowed request to the private API and its answer back, both streamed.
 * Faults of the upstream are answered with 503, or by cutting the connection once an answer has begun.
 */
export function createForward(options: ForwardOptions): Forward {
  const { limits, relayToken } = options;
  const agent = createUpstreamAgent(limits);
  const proxy = createProxyMiddleware<IncomingMessage, ServerResponse>({
    target: originOf(options.target),
    changeOrigin: true,
    agent,
    proxyTimeout: limits.upstreamTimeoutMs,
    // The library's own plugins answer errors with the client's Host and path in plain text.
    ejectPlugins: true,
    plugins: [relayPlugin(options, agent)],
  });
  return async (req, res, { url, caller, client, requestId }) => {
    const expectsContinue = req.headers.expect !== undefined;
    const own = { 'x-relay-token': relayToken, 'x-caller': caller, 'x-request-id': requestId };
    req.url = url;
    req.headers = { ...headersFromClient(req.headers), ...forwardingHeaders(client), ...own };
    if (expectsContinue) res.writeContinue();
    await proxy(req, res);
  };
}

function relayPlugin({ limits, log }: ForwardOptions, agent: UpstreamAgent): Plugin<IncomingMessage, ServerResponse> {
  return (proxy) => {
    proxy.on('proxyReq', (proxyReq, req, res) => {
      const cut = (error: AppError, how: RefuseOptions) => {
        refuse(req, res, error, how);
        proxyReq.destroy();
      };
      const onSilent = () => {
        agent.closeKept();
        proxyReq.destroy(new Error(`nothing came from the private API for ${limits.upstreamSilentMs / 1000} s`));
      };
      watchUpstream(proxyReq, res, { ...limits, onSilent });
      watchIdle(req, res, { idleTimeoutMs: limits.idleTimeoutMs, onSilentSender: () => cut(silentSender(limits), SILENT) });
      // A body with an announced length is held to it by the parser.
      if (req.headers['transfer-encoding'] !== undefined) countBody(req, limits, (error) => cut(error, limits));
    });
    proxy.on('proxyRes', (answer, req, res) => {
      if (req.httpVersion === '1.0') resetWhenCutShort(answer, req);
      answer.headers = answerHeaders(answer, res);
      endEarlyAnswerLater({ answer, req, res }, limits.lingerMs);
    });
    proxy.on('error', (error, req, res) => {
      if (req === undefined || res === undefined || !('headersSent' in res) || res.headersSent) return;
      log.warn({ err: error, requestId: req.headers['x-request-id'] }, 'the private API did not answer');
      refuse(req, res, new AppError('unavailable'), { ...limits, headers: { 'retry-after': RETRY_AFTER_SECONDS } });
    });
    proxy.on('econnreset', () => {});
  };
}

function silentSender(limits: RelayLimits): AppError {
  const seconds = limits.idleTimeoutMs / 1000;
  return new AppError('upload_incomplete', `No byte of the upload came for ${seconds} seconds: send it again.`);
}

function answerHeaders(answer: IncomingMessage, res: ServerResponse): IncomingHttpHeaders {
  return {
    ...headersFromUpstream(answer.headers),
    'cache-control': isEventStream(answer) ? 'no-store, no-transform' : 'private, no-cache',
    // The proxy would answer "keep-alive" even to a client that asked to close.
    connection: res.shouldKeepAlive ? 'keep-alive' : 'close',
  };
}

/** Events that come as they happen: proxies on the way must neither gather nor compress them. */
function isEventStream({ headers }: IncomingMessage): boolean {
  return (headers['content-type'] ?? '').startsWith('text/event-stream');
}

/** An answer of unknown length to HTTP/1.0 ends with the connection: an orderly close would make a cut answer look whole. */
function resetWhenCutShort(answer: IncomingMessage, req: IncomingMessage): void {
  answer.once('error', () => req.socket.resetAndDestroy());
}

/** The proxy ends the answer with the upstream's. An early one, to an upload that is not over, must be ended later: see `endAfterUpload`. */
function endEarlyAnswerLater(exchange: { answer: IncomingMessage; req: IncomingMessage; res: ServerResponse }, lingerMs: number): void {
  const { answer, req, res } = exchange;
  if (req.complete || !announcesBody(req)) return;
  answer.headers.connection = 'close';
  process.nextTick(() => {
    answer.unpipe(res);
    answer.pipe(res, { end: false });
    answer.once('end', () => endAfterUpload(req, res, lingerMs));
  });
}
