import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { busyboxTar } from './busybox-image.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const NAME = 'group/model';

/** How the registry misbehaves: an HTTP status with a code of the registry's API, silence, or content that is not what was asked for. */
type RegistryFault =
  | { readonly on: 'manifest' | 'blob'; readonly status: number; readonly code: string }
  | { readonly on: 'manifest' | 'blob'; readonly silent: true }
  | { readonly on: 'manifest' | 'blob'; readonly damaged: true };

export type TestRegistry = {
  /** `127.0.0.1:PORT/group/model:1` */
  readonly image: string;
  /** The digest of its manifest, `sha256:...`. */
  readonly digest: string;
  /** Set it to make the following requests go wrong. */
  fault: RegistryFault | null;
  /** How many requests came for manifests and blobs. */
  requests: number;
  close(): Promise<void>;
};

type Content = { readonly type: string; readonly bytes: Buffer; readonly digest: string };

/** A registry (API version 2) on loopback with one small image that no other registry has. Its files are made in `folder`. */
export async function testRegistry(folder: string): Promise<TestRegistry> {
  await writeFile(join(folder, 'unique'), randomBytes(16));
  const { manifest, blobs } = await makeImage(folder);
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const registry: TestRegistry = {
    image: `127.0.0.1:${port}/${NAME}:1`,
    digest: manifest.digest,
    fault: null,
    requests: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  function answer(request: IncomingMessage, response: ServerResponse): void {
    const [, kind, reference] = new RegExp(`^/v2/${NAME}/(manifest|blob)s/(.+)$`).exec(request.url ?? '') ?? [];
    if (request.url === '/v2/') {
      response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
      return;
    }
    registry.requests += 1;
    const content = kind === 'manifest' && (reference === '1' || reference === manifest.digest) ? manifest : blobs.get(reference ?? '');
    const fault = registry.fault?.on === kind ? registry.fault : null;
    if (content === undefined) refuse(response, 404, 'MANIFEST_UNKNOWN');
    else if (fault === null) send(request, response, content);
    else if ('status' in fault) refuse(response, fault.status, fault.code);
    else if ('damaged' in fault) send(request, response, { ...content, bytes: Buffer.concat([content.bytes, Buffer.from('\n')]) });
    else response.on('error', () => {});
  }
  return registry;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function send(request: IncomingMessage, response: ServerResponse, { type, digest, bytes }: Content): void {
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, 'docker-content-digest': digest });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

async function makeImage(folder: string): Promise<{ manifest: Content; blobs: Map<string, Content> }> {
  const tar = await readFile(await busyboxTar(folder, ['unique']));
  const layer = contentOf('application/vnd.docker.image.rootfs.diff.tar.gzip', gzipSync(tar));
  const config = contentOf(
    'application/vnd.docker.container.image.v1+json',
    Buffer.from(
      JSON.stringify({
        architecture: process.arch === 'x64' ? 'amd64' : process.arch,
        os: 'linux',
        config: { Cmd: ['sh', '/input/run.sh'] },
        rootfs: { type: 'layers', diff_ids: [sha256(tar)] },
      }),
    ),
  );
  const part = ({ type, bytes, digest }: Content) => ({ mediaType: type, size: bytes.length, digest });
  const manifest = contentOf(
    MANIFEST,
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: part(config), layers: [part(layer)] })),
  );
  return { manifest, blobs: new Map([layer, config].map((each) => [each.digest, each])) };
}

function contentOf(type: string, bytes: Buffer): Content {
  return { type, bytes, digest: sha256(bytes) };
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
