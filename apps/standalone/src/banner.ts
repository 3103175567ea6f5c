import { relative } from 'node:path';
import { ENGINE_WANTED, isEngineOld, type RuntimeHealth } from '@inference/runtime';
import type { Config } from './config.ts';
import type { StartedServer } from './start-server.ts';

const DAY_SECONDS = 86_400;

/** What a user reads once the server is up: where it is, what works, what to type next. */
export async function banner(server: StartedServer, config: Config, version: string): Promise<string> {
  const lines: [string, string][] = [
    ['Address', server.url],
    ['API docs', `${server.url}/docs`],
    ['Data', `${shown(config.dataFolder)}  (files of ended tasks are kept ${config.keepFilesSeconds / DAY_SECONDS} days)`],
    ['Docker', describeDocker(await server.runtimes.docker.check())],
    ['GPUs', gpus(server)],
    ['Sandbox', server.runtimes.process.isolationSentence],
    ['Models', server.models.map(({ id }) => id).join(', ') || 'none yet'],
    ['Access', access(config)],
    ...server.notices.map((notice): [string, string] => ['Note', notice]),
  ];
  if (server.port !== config.port && config.port !== 0) lines.unshift(['Note', `port ${config.port} is taken, using ${server.port}`]);
  const table = lines.map(([name, text]) => `  ${name.padEnd(9)} ${text}`).join('\n');
  return `InferenceServer ${version}: zip in, zip out\n\n${table}\n\n${next(server)}\nStop:  Ctrl-C  (what runs is finished or handed back; what waits stays)\n`;
}

function next(server: StartedServer): string {
  const model = server.models.find(({ id }) => id === 'word-count') ?? server.models[0];
  if (model?.sampleZip === undefined || model.sampleZip === null) return `Next:  open ${server.url}/docs\n`;
  const post = `curl -F input=@${shown(model.sampleZip)} -H "Prefer: wait=30" -H "Accept: application/zip"`;
  return `Next, in another terminal:\n  ${post} \\\n    -o output.zip ${server.url}/api/v1/models/${model.id}/tasks\n`;
}

function describeDocker(docker: RuntimeHealth): string {
  if (!docker.ok) return `${docker.reason} Container models wait; it is looked for every 5 s.`;
  if (!isEngineOld(docker.version)) return `${docker.version}, ok`;
  return `${docker.version}, ok; older than ${ENGINE_WANTED}, which mends known holes: update it before you run images of strangers`;
}

function access(config: Config): string {
  const keyless = config.legacyAnonymous ? 'anyone who reaches it may post tasks' : 'programs on this machine need no key';
  return config.adminKey === null ? keyless : `${keyless}; ADMIN_KEY may do everything`;
}

/** A path as one would type it here. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
}

function gpus({ gpus: found }: StartedServer): string {
  if (found.length === 0) return 'none found (nvidia-smi is not there)';
  return `${found.length}: ${found.map(({ uuid }) => uuid).join(', ')}`;
}
