// Traefik itself is not started by any test: its files are checked against the types of its configuration, against each other,
// and against the relay's limits.

import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { RELAY_LIMITS } from '@inference/public-api';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { documentCommands } from '../compose/document-commands.ts';
import { durationMs, ROOT, readDynamic, readStatic, type StaticPart, templateVariables } from './traefik-configuration.ts';

const run = promisify(execFile);
const TYPES = join(ROOT, 'node_modules', '@schemastore', 'traefik-v3', 'index.d.ts');
const WITH_ACME = { CERTIFICATE_RESOLVER: 'letsencrypt', DOMAIN: 'models.example' };

/** What the compiler has to say of a static configuration; empty when it is right. */
async function typeErrors(configuration: unknown): Promise<string> {
  const folder = await testFolder();
  // The published type takes any name at the top; here only those that it lists are taken.
  const source = `import type { TraefikV3StaticConfiguration as All } from ${JSON.stringify(TYPES)};
    type Known = { [Key in keyof All as string extends Key ? never : Key]: All[Key] };
    export const configuration: Known = ${JSON.stringify(configuration)};`;
  await writeFile(join(folder, 'configuration.ts'), source);
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
  const args = [...options, 'configuration.ts'];
  return run(join(ROOT, 'node_modules', '.bin', 'tsc'), args, { cwd: folder }).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

/** The static file that the commands of docs/tls.md make for Let's Encrypt, and what they add to .env. */
async function acmeVariant(): Promise<{ fixed: StaticPart; settings: Record<string, string | undefined> }> {
  const folder = await testFolder();
  await cp(join(ROOT, 'traefik'), join(folder, 'traefik'), { recursive: true });
  const [commands = ''] = documentCommands('tls.md', "## Let's Encrypt (ACME)");
  const here = commands.split('\n').filter((line) => !line.startsWith('docker '));
  await run('sh', ['-euc', here.join('\n')], { cwd: folder });
  const settings = parseEnv(await readFile(join(folder, '.env'), 'utf8'));
  return { fixed: readStatic(join(folder, String(settings['TRAEFIK_CONFIG']))), settings };
}

describe("Traefik's static file", () => {
  it('is of the type of its configuration', async () => {
    expect(await typeErrors(readStatic())).toBe('');
  });

  it('is of that type with certificates from ACME, too', async () => {
    const { fixed: configuration, settings } = await acmeVariant();
    expect(await typeErrors(configuration)).toBe('');
    expect(configuration.certificatesResolvers?.['letsencrypt']?.acme['email']).toBe('you@models.example');
    expect(settings['CERTIFICATE_RESOLVER']).toBe('letsencrypt');
  });

  it.each([{ entryPoints: { web: { adress: ':80' } } }, { entryPoint: {} }, { log: { level: 3 } }])(
    'would not be with %j',
    async (mistake) => {
      expect(await typeErrors(mistake)).toContain('error TS');
    },
  );

  it('reads files, and knows no Docker', () => {
    expect(Object.keys(readStatic().providers)).toEqual(['file']);
  });

  it('believes no forwarding header from outside', () => {
    const { websecure } = readStatic().entryPoints;
    expect(websecure?.forwardedHeaders?.insecure).toBe(false);
    expect(websecure?.forwardedHeaders?.trustedIPs ?? []).toEqual([]);
  });

  it('keeps what names a task, and gives the right to it, out of the access log', () => {
    expect(readStatic().accessLog.fields.names).toMatchObject({ RequestPath: 'drop', RequestLine: 'drop' });
  });
});

describe.each([
  ['with a certificate in a file', {}, () => Promise.resolve(readStatic())],
  ['with a certificate from ACME', WITH_ACME, async () => (await acmeVariant()).fixed],
] as const)('every name in the files, %s', (_name, environment, read) => {
  it('is known', async () => {
    const fixed = await read();
    const { http, tls } = readDynamic(environment);
    const entryPoints = Object.keys(fixed.entryPoints);
    for (const router of Object.values(http.routers)) {
      expect(entryPoints).toEqual(expect.arrayContaining([...router.entryPoints]));
      expect(Object.keys(http.services)).toContain(router.service);
      expect(Object.keys(http.middlewares)).toEqual(expect.arrayContaining([...router.middlewares]));
      expect(Object.keys(tls.options)).toContain(router.tls.options);
      if (router.tls.certResolver !== undefined) expect(Object.keys(fixed.certificatesResolvers ?? {})).toContain(router.tls.certResolver);
    }
    for (const { loadBalancer } of Object.values(http.services))
      expect(Object.keys(http.serversTransports)).toContain(loadBalancer.serversTransport);
    expect(entryPoints).toContain(fixed.ping.entryPoint);
    expect(entryPoints).toContain(fixed.entryPoints['web']?.http?.redirections?.entryPoint.to);
  });

  it('is used', () => {
    const { http, tls } = readDynamic(environment);
    const routers = Object.values(http.routers);
    expect(new Set(routers.map((router) => router.service))).toEqual(new Set(Object.keys(http.services)));
    expect(new Set(routers.flatMap((router) => router.middlewares))).toEqual(new Set(Object.keys(http.middlewares)));
    expect(new Set(routers.map((router) => router.tls.options))).toEqual(new Set(Object.keys(tls.options)));
    const transports = Object.values(http.services).map(({ loadBalancer }) => loadBalancer.serversTransport);
    expect(new Set(transports)).toEqual(new Set(Object.keys(http.serversTransports)));
  });
});

describe("Traefik's dynamic files", () => {
  it('ask for a certificate only when a resolver is named', () => {
    expect(readDynamic().http.routers['relay']?.tls.certResolver).toBeUndefined();
    const { tls } = readDynamic(WITH_ACME).http.routers['relay']!;
    expect(tls).toMatchObject({ certResolver: 'letsencrypt', domains: [{ main: 'models.example' }] });
    expect(templateVariables().sort()).toEqual(Object.keys(WITH_ACME).sort());
  });

  it('speak TLS 1.2 and later, with forward secrecy', () => {
    const { minVersion, cipherSuites } = readDynamic().tls.options['default']!;
    expect(minVersion).toBe('VersionTLS12');
    expect(cipherSuites.length).toBeGreaterThan(0);
    expect(cipherSuites.filter((suite) => !/^TLS_ECDHE_.*_(?:GCM_SHA(?:256|384)|POLY1305_SHA256)$/.test(suite))).toEqual([]);
  });

  it('have no middleware that gathers bodies', () => {
    const kinds = Object.values(readDynamic().http.middlewares).flatMap((middleware) => Object.keys(middleware));
    expect(kinds.sort()).toEqual(['headers', 'inFlightReq']);
  });
});

describe("Traefik's limits", () => {
  const fixed = readStatic();
  const { http } = readDynamic();
  const { forwardingTimeouts } = http.serversTransports['relay']!;
  const { respondingTimeouts } = fixed.entryPoints['websecure']!.transport!;

  it('let a request take as long as the relay does', () => {
    expect(durationMs(respondingTimeouts?.['readTimeout'])).toBe(RELAY_LIMITS.requestTimeoutMs);
    expect(durationMs(respondingTimeouts?.['writeTimeout'])).toBe(0);
    expect(durationMs(forwardingTimeouts['responseHeaderTimeout'])).toBeGreaterThan(RELAY_LIMITS.upstreamTimeoutMs);
  });

  it('close idle connections to the relay before the relay does', () => {
    expect(durationMs(forwardingTimeouts['idleConnTimeout'])).toBeLessThan(RELAY_LIMITS.keepAliveTimeoutMs);
  });

  it('take as many bytes of headers as the relay, and leave it connections for other clients', () => {
    expect(fixed.entryPoints['websecure']?.http?.maxHeaderBytes).toBe(RELAY_LIMITS.headerBytesMax);
    expect(Number(http.middlewares['requests-per-client']?.['inFlightReq']?.['amount'])).toBeLessThan(RELAY_LIMITS.connectionsMax / 2);
  });
});
