import type { Request, Response } from 'express';
import { acceptBody } from './accept-body.ts';
import type { Deps } from './deps.ts';
import { announcedZipBytes } from './keys/announced-zip-bytes.ts';
import { requireRoom } from './services/disk-room.ts';

/**
 * Lets an upload come, where there is room for it: nothing of its body has been read by then, and a client that asked first has sent none.
 *
 * @throws AppError `storage_full`
 */
export async function acceptUpload(deps: Deps, request: Request, response: Response): Promise<void> {
  await requireRoom(deps, Math.max(0, announcedZipBytes(request.headers)));
  acceptBody(request, response);
}
