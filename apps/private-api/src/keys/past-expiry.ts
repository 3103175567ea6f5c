import { AppError } from '@inference/domain';

/** The refusal of an expiry that would end the key at once: to end one there is the revocation. */
export function pastExpiry(): AppError {
  const msg = 'is not in the future';
  return new AppError('invalid_request', `The request is not valid: body/expires_at: ${msg}.`, {
    fields: [{ loc: ['body', 'expires_at'], msg, type: 'custom' }],
  });
}
