import { request } from 'node:http';

/** An engine that answers later counts as hung, in milliseconds. */
const ANSWER_MS = 5_000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** Where a Docker engine listens: a socket in the file system, or a port. */
export type EngineAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };
/** What it said, or the system's code for why it said nothing. */
export type EngineAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly code: string };

/** Asks the Docker engine for something that only looks. */
export async function askEngine(address: EngineAddress, path: string): Promise<EngineAnswer> {
  return await new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve({ ok: false, code: error.code ?? 'EPROTO' });
    const asking = request({ ...address, path, headers: { host: 'docker' }, signal: AbortSignal.timeout(ANSWER_MS) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('error', fail);
      response.on('data', (piece: string) => {
        text += piece;
        if (text.length > ANSWER_BYTES_MAX) response.destroy(new Error('too long'));
      });
      response.on('end', () => resolve(response.statusCode === 200 ? parsed(text) : { ok: false, code: 'EPROTO' }));
    });
    asking.on('error', fail).end();
  });
}

function parsed(text: string): EngineAnswer {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    // Something else than an engine listens there.
    return { ok: false, code: 'EPROTO' };
  }
}
