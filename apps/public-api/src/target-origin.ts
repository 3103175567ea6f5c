/** The private API: the only place the relay ever connects to. */
export type RelayTarget = URL | { readonly host: string; readonly port: number };

/** Scheme, host and port of the target; a path or query in its URL is ignored. */
export function originOf(target: RelayTarget): string {
  if (target instanceof URL) return target.origin;
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return `http://${host}:${target.port}`;
}
