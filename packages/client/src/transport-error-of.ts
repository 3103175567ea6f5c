import { TransportError } from './errors.ts';

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no machine of that name',
  EAI_AGAIN: 'the name of the machine cannot be looked up now',
  ECONNRESET: 'the connection was cut off',
  EPIPE: 'the connection was cut off',
  UND_ERR_SOCKET: 'the connection was cut off',
  ETIMEDOUT: 'there was no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'there was no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'there was no answer in time',
  UND_ERR_BODY_TIMEOUT: 'there was no answer in time',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself: name it with --cacert',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not known here: name that with --cacert',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that is not known here: name that with --cacert',
};

/** What fetch threw, as an error that says what happened. */
export function transportErrorOf(error: unknown, url: string): Error {
  if (error instanceof TransportError) return error;
  const { name, message, cause } = error as Error & { cause?: unknown };
  if (name === 'TimeoutError') return new TransportError(`${url} did not answer in time.`, { code: 'ETIMEDOUT', cause: error });
  const code = codeOf(cause) || codeOf(error);
  const why = SENTENCES[code] ?? (cause instanceof Error && cause.message !== '' ? cause.message : message);
  return new TransportError(`${url} cannot be reached: ${why}${code === '' ? '' : ` (${code})`}.`, { code, cause: error });
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return code;
  // Where a name has several addresses, each has an error of its own.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : '';
}
