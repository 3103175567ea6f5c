import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '@inference/domain';
import { isV1Path, PROBLEM_TYPE, problemOf, refusalBody } from '@inference/service';
import { announcesBody } from './body-framing.ts';
import { endAfterUpload } from './end-after-upload.ts';

export type RefuseOptions = {
  /** How long the rest of the upload is read and thrown away. */
  readonly lingerMs: number;
  /** Instead of the error's own status. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

type Refusal = { readonly status: number; readonly type: string; readonly body: string };

function refusalOf({ url = '' }: IncomingMessage, res: ServerResponse, error: AppError, status?: number): Refusal {
  if (!isV1Path(url)) return { status: status ?? error.status, type: 'application/json', body: refusalBody(error) };
  const problem = problemOf(error, { requestId: String(res.getHeader('x-request-id') ?? ''), url });
  const known = { ...problem, status: status ?? problem.status };
  return { status: known.status, type: PROBLEM_TYPE, body: JSON.stringify(known) };
}

/**
 * Answers a request with an error, at any time before its response has begun; later it cuts the connection. To a client that is
 * still sending, the whole answer goes out at once, and the connection is closed when the client is done.
 */
export function refuse(req: IncomingMessage, res: ServerResponse, error: AppError, options: RefuseOptions): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const refusal = refusalOf(req, res, error, options.status);
  const body = Buffer.from(refusal.body);
  const uploading = announcesBody(req) && !req.complete;
  res.statusCode = refusal.status;
  res.setHeader('content-type', refusal.type);
  res.setHeader('content-length', body.length);
  res.setHeader('cache-control', 'no-store');
  for (const [name, value] of Object.entries(options.headers ?? {})) res.setHeader(name, value);
  if (uploading) {
    res.setHeader('connection', 'close');
    res.write(body);
    endAfterUpload(req, res, options.lingerMs);
  } else {
    res.end(body);
  }
}
