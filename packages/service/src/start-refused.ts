/** A start that failed in a way that whoever runs the service can mend; the message is for them, without any secret. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
  /** A setting is wrong, as only a look at this machine could tell. */
  readonly isConfiguration: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isConfiguration?: boolean } = {}) {
    super(message, options);
    this.isConfiguration = options.isConfiguration ?? false;
  }
}
