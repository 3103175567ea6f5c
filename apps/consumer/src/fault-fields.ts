import { reasonOf } from '@inference/domain';
import { Outage } from './http-control-plane/outage.ts';

/** What a log says of a failure: of a private API that is away, why, in one line; of anything else, all. */
export function faultFields(error: unknown): { reason: string } | { err: unknown } {
  return error instanceof Outage ? { reason: reasonOf(error) } : { err: error };
}
