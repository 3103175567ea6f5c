import { readdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { RunOrder } from '../model-runtime.ts';
import type { ModelUser } from '../model-user.ts';
import type { FoundModel } from './find-model-folder.ts';
import type { Bind, SandboxOrder } from './sandbox-plan.ts';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Where this process's own Node lies in a sandbox: it may come from a node_modules folder that is not there. */
const NODE_IN_SANDBOX = '/runtime/bin/node';

type Program = FoundModel & { ok: true };

/** What to run for an attempt inside a sandbox, where the folders are `/input`, `/output`, `/model` and `/app`. */
export async function sandboxedOrder(order: RunOrder, program: Program, user: ModelUser | null): Promise<SandboxOrder> {
  const { folders } = order;
  const model: Bind[] = folders.model === null ? [] : [{ source: folders.model, target: '/model', writable: false }];
  return {
    command: program.command,
    binds: [
      { source: process.execPath, target: NODE_IN_SANDBOX, writable: false },
      { source: folders.input, target: '/input', writable: false },
      { source: folders.output, target: '/output', writable: true },
      ...model,
      ...(await appBinds(program)),
    ],
    environment: environment({ input: '/input', output: '/output', model: '/model' }, dirname(NODE_IN_SANDBOX), '/tmp/home'),
    cwd: '/app',
    user,
    limits: order.model.limits,
  };
}

/** What to run for an attempt without a sandbox: the model finds its folders by the variables. */
export function plainOrder(order: RunOrder, program: Program): SandboxOrder {
  const { folders } = order;
  const places = { input: folders.input, output: folders.output, model: folders.model ?? '/model' };
  return {
    command: program.command,
    binds: [],
    environment: environment(places, dirname(process.execPath), '/nonexistent'),
    cwd: program.folder,
    user: null,
    limits: order.model.limits,
  };
}

function environment(places: { input: string; output: string; model: string }, node: string, home: string): Record<string, string> {
  return {
    PATH: [node, SYSTEM_PATH].join(delimiter),
    HOME: home,
    LANG: 'C.UTF-8',
    INPUT_DIR: places.input,
    OUTPUT_DIR: places.output,
    MODEL_DIR: places.model,
  };
}

async function appBinds({ folder, mounts }: Program): Promise<Bind[]> {
  if (mounts.length === 0) return [{ source: folder, target: '/app', writable: false }];
  // A read-only folder takes no new mount points: /app is then made of the folder's entries, one by one.
  const taken = new Set(mounts.map(({ target }) => target));
  const own = (await readdir(folder)).map((name) => ({ source: join(folder, name), target: `/app/${name}`, writable: false }));
  return [...own.filter(({ target }) => !taken.has(target)), ...mounts];
}
