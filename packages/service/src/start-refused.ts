/** A start that failed in a way that whoever runs the service can mend; the message is for them, without any secret. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}
