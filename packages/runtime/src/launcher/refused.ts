/** A message that the launcher does not act on. `message` is a sentence for whoever reads the log of the consumer. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: 400 | 403 | 404 | 405 | 409 | 413;

  constructor(status: Refused['status'], message: string) {
    super(message);
    this.status = status;
  }
}
