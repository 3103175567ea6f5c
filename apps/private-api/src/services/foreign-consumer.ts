import { AppError } from '@inference/domain';
import { CONSUMER_KNOWN_HOURS } from '../store/consumer-store.ts';

/** What a key is told that speaks in the name of a consumer of another owner. */
export function foreignConsumer(consumerId: string): AppError {
  const freed = `free it (DELETE /api/v1/consumers/${consumerId}) once that consumer is stopped, or wait until it was silent for ${CONSUMER_KNOWN_HOURS} hours`;
  return new AppError(
    'forbidden',
    `The consumer ${consumerId} belongs to the key of another owner: take another name, have an operator ${freed}.`,
  );
}
