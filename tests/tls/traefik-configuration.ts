import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '..', '..');
const DYNAMIC = join(ROOT, 'traefik', 'dynamic');

type Named<T> = Readonly<Record<string, T>>;

/** The part of Traefik's static configuration that tests look at. */
export type StaticPart = {
  readonly entryPoints: Named<{
    readonly address: string;
    readonly http?: { readonly redirections?: { readonly entryPoint: { readonly to: string } }; readonly maxHeaderBytes?: number };
    readonly transport?: Named<Named<string>>;
    readonly forwardedHeaders?: { readonly insecure: boolean; readonly trustedIPs?: readonly string[] };
  }>;
  readonly ping: { readonly entryPoint: string };
  readonly providers: Named<unknown>;
  readonly accessLog: { readonly fields: { readonly names: Named<string> } };
  readonly certificatesResolvers?: Named<{ readonly acme: Named<unknown> }>;
};

export type Router = {
  readonly entryPoints: readonly string[];
  readonly service: string;
  readonly middlewares: readonly string[];
  readonly tls: { readonly options: string; readonly certResolver?: string; readonly domains?: readonly { main: string }[] };
};

/** All dynamic files as one, as Traefik takes them. */
export type DynamicPart = {
  readonly http: {
    readonly routers: Named<Router>;
    readonly services: Named<{
      readonly loadBalancer: { readonly servers: readonly { url: string }[]; readonly serversTransport: string };
    }>;
    readonly serversTransports: Named<{ readonly forwardingTimeouts: Named<string> }>;
    readonly middlewares: Named<Named<Readonly<Record<string, unknown>>>>;
  };
  readonly tls: {
    readonly stores: { readonly default: { readonly defaultCertificate: Named<string> } };
    readonly options: Named<{ readonly minVersion: string; readonly cipherSuites: readonly string[] }>;
  };
};

/** Reads a static configuration. */
export function readStatic(path = join(ROOT, 'traefik', 'traefik.yaml')): StaticPart {
  return parse(readFileSync(path, 'utf8')) as StaticPart;
}

/** Reads all dynamic files, with the template's variables filled in. */
export function readDynamic(environment: Named<string> = {}): DynamicPart {
  const parts = readdirSync(DYNAMIC).map((name) => parse(render(readFileSync(join(DYNAMIC, name), 'utf8'), environment)) as object);
  return Object.assign({}, ...parts) as DynamicPart;
}

/** The environment variables that the dynamic files name. */
export function templateVariables(): string[] {
  const text = readdirSync(DYNAMIC).map((name) => readFileSync(join(DYNAMIC, name), 'utf8'));
  return [...new Set([...text.join('').matchAll(/\{\{[^}]*env "(\w+)"/g)].map((match) => String(match[1])))];
}

/** As much of Go's templates as the files use: `env` and `if env`. Anything else is left, and would be no YAML. */
function render(text: string, environment: Named<string>): string {
  return text
    .replace(/\{\{ if env "(\w+)" \}\}([\s\S]*?)\{\{ end \}\}/g, (_all, name: string, body: string) => (environment[name] ? body : ''))
    .replace(/\{\{ env "(\w+)" \}\}/g, (_all, name: string) => environment[name] ?? '');
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A duration as Go and compose write it, in milliseconds. */
export function durationMs(text: string | undefined): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text ?? '');
  if (match === null) throw new Error(`not a duration: ${text}`);
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}
