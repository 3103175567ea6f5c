import type { ZipErrorCode } from '@inference/domain';

/**
 * A zip is refused. Thrown within this package only, so that the rules read straight down;
 * `checkZip` turns it into a verdict and `extractZip` into an AppError. `message` is a sentence for users.
 */
export class ZipRefusal extends Error {
  override readonly name = 'ZipRefusal';
  readonly code: ZipErrorCode;

  constructor(code: ZipErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
