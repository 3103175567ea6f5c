/** The input cannot be read, so it cannot be sent. The message is a sentence for the user. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
