import type { Request } from 'express';

/**
 * A connection over which a body comes or a file goes is cut when nothing moved for so long, in milliseconds: the other side may be gone
 * without a word. A consumer starts again, or goes on where it was.
 */
const IDLE_MS = 120_000;

/** Cuts the connection of a request when it stands still. */
export function cutWhenIdle(request: Request): void {
  request.setTimeout(IDLE_MS, () => request.socket.destroy());
}
