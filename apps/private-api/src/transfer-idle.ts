import type { Request } from 'express';

/**
 * A connection over which a file goes is cut when nothing moved for so long, in milliseconds: the other side may be gone without a
 * word. A consumer starts again, or goes on where it was.
 */
const TRANSFER_IDLE_MS = 120_000;

/** Cuts the connection of a transfer that stands still. */
export function cutWhenIdle(request: Request): void {
  request.setTimeout(TRANSFER_IDLE_MS, () => request.socket.destroy());
}
