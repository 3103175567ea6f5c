import type { Request, Response } from 'express';

/** Lets a client that waits with its body (`Expect: 100-continue`) send it: called when everything before it has been checked. */
export function acceptBody(request: Request, response: Response): void {
  if (request.headers.expect !== undefined) response.writeContinue();
}
