/** The launcher did not do what it was asked. `message` is a sentence for people. */
export class LauncherFault extends Error {
  override readonly name = 'LauncherFault';
  /**
   * `away`: it could not be asked. `broken`: it went away before it had answered, or had a fault.
   * `refused`: it answered that it does not.
   */
  readonly kind: 'away' | 'broken' | 'refused';

  constructor(kind: LauncherFault['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
