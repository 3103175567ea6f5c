import type { IncomingMessage } from 'node:http';
import { AppError, uploadTooLarge } from '@inference/domain';
import { isV1Path } from '@inference/service';
import { announcedBytes, announcesBody } from './body-framing.ts';
import type { RelayLimits } from './relay-limits.ts';

/**
 * What is wrong with the way a request is framed, or null. Two servers that read such a request differently could be
 * made to disagree where it ends, so it is refused before anything else is looked at.
 */
export function requestFault(req: IncomingMessage, limits: RelayLimits): AppError | null {
  const { headers } = req;
  if (req.rawHeaders.length / 2 > limits.headersMax) {
    return new AppError('bad_request', `The request has more than ${limits.headersMax} headers: send fewer.`);
  }
  const { host: hosts = [] } = req.headersDistinct;
  if (hosts.length > 1 || (hosts.length === 0 && req.httpVersion !== '1.0'))
    return new AppError('bad_request', 'Send exactly one Host header.');
  if (headers['transfer-encoding'] !== undefined && headers['content-length'] !== undefined) {
    return new AppError('bad_request', 'Send either Content-Length or Transfer-Encoding, not both.');
  }
  if (headers['transfer-encoding'] !== undefined && headers['transfer-encoding'].toLowerCase() !== 'chunked') {
    return new AppError('bad_request', 'The only Transfer-Encoding accepted is "chunked".');
  }
  if (headers.upgrade !== undefined && headers.upgrade.toLowerCase() !== 'h2c') {
    return new AppError('bad_request', 'This server speaks plain HTTP/1.1 only: send no Upgrade header.');
  }
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    return new AppError('bad_request', 'The only Expect header accepted is "100-continue".');
  }
  if (!mayHaveBody(req) && announcesBody(req)) return new AppError('bad_request', 'Only a POST may have a body.');
  if (announcedBytes(req) > limits.zipBytesMax + limits.partsBytesMax) return uploadTooLarge(limits.zipBytesMax);
  return null;
}

function mayHaveBody({ method = '', url }: IncomingMessage): boolean {
  return method === 'POST' || (isV1Path(url) && (method === 'PUT' || method === 'PATCH'));
}
