import { parse } from 'pg-connection-string';
import type { Connection } from './connect.ts';

/** What may stand behind the question mark. */
const PARAMETERS: readonly string[] = ['host', 'port', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];
/** As libpq understands them. It tries TLS first in some others, and goes on without where the server has none; we never guess. */
const SSL_MODES: readonly string[] = ['disable', 'require', 'verify-ca', 'verify-full'];

const SHAPE =
  'must look like postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full, or ...@/DATABASE?host=/FOLDER for a unix socket';

/** Where a database is, or what is wrong with its address: "must ..."; the address, which may hold a password, is never repeated. */
export type DatabaseUrlRead = { readonly ok: true; readonly connection: Connection } | { readonly ok: false; readonly problem: string };

/** Reads the address of any Postgres server. Without `sslmode` the connection is not encrypted. */
export function parseDatabaseUrl(text: string): DatabaseUrlRead {
  if (!/^postgres(?:ql)?:\/\//.test(text)) return { ok: false, problem: SHAPE };
  const query = new URLSearchParams(text.split('?').slice(1).join('?'));
  const unknown = [...query.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) return { ok: false, problem: `must have no other parameters than ${PARAMETERS.join(', ')}` };
  const mode = query.get('sslmode') ?? 'disable';
  if (!SSL_MODES.includes(mode)) return { ok: false, problem: `must have one of these as sslmode: ${SSL_MODES.join(', ')}` };
  if (mode === 'verify-ca' && !query.has('sslrootcert')) {
    return { ok: false, problem: 'must name the authority to trust as sslrootcert=FILE with sslmode=verify-ca' };
  }
  return connectionOf(text);
}

function connectionOf(text: string): DatabaseUrlRead {
  try {
    const { host, port, user, password, database, ssl } = parse(text, { useLibpqCompat: true });
    if (!host || !user || !database) return { ok: false, problem: SHAPE };
    const given = { host, user, database, port: Number(port || 5432), ...(password ? { password } : {}) };
    return { ok: true, connection: typeof ssl === 'object' ? { ...given, ssl: ssl as NonNullable<Connection['ssl']> } : given };
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (path === undefined) return { ok: false, problem: SHAPE };
    return {
      ok: false,
      problem: `names a certificate or key that cannot be read (${code}): check its path, and that this user may read it`,
    };
  }
}
