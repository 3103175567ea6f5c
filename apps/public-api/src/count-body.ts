import type { IncomingMessage } from 'node:http';
import { AppError, uploadTooLarge } from '@inference/domain';
import type { RelayLimits } from './relay-limits.ts';

/**
 * What the framing of chunks may cost beside their content: so many bytes for each byte of content, as the smallest chunk has, ...
 */
const FRAMING_PER_BYTE_MAX = 8;
/** ... and so many bytes more: what was read with the head, and what was read and not yet counted. */
const FRAMING_SLACK_BYTES = 1024 * 1024;

/**
 * Counts a body that comes in chunks: its content, which has the limit of bodies with an announced length (those the parser holds to it),
 * and what comes around it, as each chunk may carry 16 KiB of extensions that count as no content. `onRefused` is called once.
 */
export function countBody(req: IncomingMessage, limits: RelayLimits, onRefused: (error: AppError) => void): void {
  const before = req.socket.bytesRead;
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    const fault = faultOf(bytes, req.socket.bytesRead - before - bytes, limits);
    if (fault === null) return;
    req.off('data', count);
    onRefused(fault);
  };
  req.on('data', count);
}

function faultOf(contentBytes: number, framingBytes: number, { zipBytesMax, partsBytesMax }: RelayLimits): AppError | null {
  if (contentBytes > zipBytesMax + partsBytesMax) return uploadTooLarge(zipBytesMax);
  if (framingBytes <= FRAMING_SLACK_BYTES + FRAMING_PER_BYTE_MAX * contentBytes) return null;
  return new AppError('bad_request', 'The chunks of the body have more around them than in them: send larger ones, without extensions.');
}
