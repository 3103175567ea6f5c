import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@inference/testing';
import { busyboxTar } from './busybox-image.ts';
import { docker } from './docker.ts';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const IMAGE = 'inference-test-gpu:1';
/** It is in a network of its own: its bridge is not that of the engine of this machine, and it needs no rules for packets. */
const ALONE = ['--iptables=false', '--ip-masq=false'];

export type GpuEngine = {
  readonly socketPath: string;
  /** Where it keeps its containers. */
  readonly dataFolder: string;
  /** Runs `sh /input/run.sh`. */
  readonly image: string;
  /** The UUIDs that NVIDIA's hook was called with, for each start of a container that asked for GPUs. */
  handedOut(): Promise<string[]>;
  /** The UUIDs that a container was started with while another one that had them lived, once for each such start. */
  shared(): Promise<string[]>;
  /** Ends it as it ends in earnest, with its containers, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Starts a Docker engine of its own that takes a script for NVIDIA's container toolkit: it notes which GPUs a container asks for, and which of them
 * another one still has, and refuses those that `uuids` does not have. It ends with this process. An engine looks for the toolkit on its PATH when it starts, so the one of this machine cannot be used.
 */
export async function startGpuEngine(uuids: readonly string[]): Promise<GpuEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-gpu-engine-'));
  const [bin, socketPath] = [join(folder, 'bin'), join(folder, 'docker.sock')];
  const notes = { log: join(folder, 'hook.log'), shared: join(folder, 'shared.log'), cards: join(folder, 'cards') };
  for (const made of [bin, notes.cards]) await mkdir(made);
  for (const file of [notes.log, notes.shared]) await writeFile(file, '');
  await writeFile(join(bin, 'nvidia-container-runtime-hook'), hook(notes, uuids));
  await chmod(join(bin, 'nvidia-container-runtime-hook'), 0o755);
  const dataFolder = join(folder, 'data');
  const places = ['--data-root', dataFolder, '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')];
  const dockerd = ['dockerd', ...places, '-H', `unix://${socketPath}`, ...ALONE];
  const host = ['-H', `unix://${socketPath}`];
  let end = async () => {};
  const start = async () => {
    const engine = spawn('setpriv', ['--pdeathsig=TERM', 'unshare', '--net', ...dockerd], {
      env: { PATH: `${bin}:${SYSTEM_PATH}` },
      stdio: 'ignore',
    });
    const exit = once(engine, 'exit');
    end = async () => {
      engine.kill();
      await exit;
    };
    await until('the engine', async () => {
      if (engine.exitCode !== null) throw new Error(`dockerd ended with ${engine.exitCode}`);
      return await docker(...host, 'version').catch(() => false);
    });
  };
  const restart = async () => {
    await end();
    await start();
  };
  const stop = async () => {
    await end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
    await docker(...host, 'import', '--change', 'CMD ["sh", "/input/run.sh"]', await busyboxTar(folder), IMAGE);
  } catch (error) {
    await stop();
    throw error;
  }
  const linesOf = async (file: string) => (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return { socketPath, dataFolder, image: IMAGE, handedOut: () => linesOf(notes.log), shared: () => linesOf(notes.shared), restart, stop };
}

type Notes = { readonly log: string; readonly shared: string; readonly cards: string };

/**
 * As NVIDIA's does, it reads what the container asks for from the environment in its bundle, which the state on stdin names. The last one counts.
 * For each GPU it notes the container's first process, by its id and the time of its start: while that lives, the GPU is taken.
 */
function hook({ log, shared, cards }: Notes, uuids: readonly string[]): string {
  return `#!/bin/sh
PATH=/usr/bin:/bin
state=$(cat)
bundle=$(echo "$state" | sed -n 's/.*"bundle":"\\([^"]*\\)".*/\\1/p')
pid=$(echo "$state" | sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p')
wanted=$(grep -o 'NVIDIA_VISIBLE_DEVICES=[^"]*' "$bundle/config.json" | tail -n 1 | cut -d= -f2)
started() { awk '$3 != "Z" { print $22 }' "/proc/$1/stat" 2> /dev/null; }
exec 9> ${cards}/lock
flock 9
echo "$wanted" >> ${log}
for uuid in $(echo "$wanted" | tr , ' '); do
  case " ${uuids.join(' ')} " in
    *" $uuid "*) ;;
    *) echo "nvidia-container-cli: device error: $uuid: unknown device" >&2; exit 1 ;;
  esac
  if [ -e "${cards}/$uuid" ]; then
    read -r other since < "${cards}/$uuid"
    if [ -n "$since" ] && [ "$(started "$other")" = "$since" ]; then echo "$uuid" >> ${shared}; fi
  fi
  echo "$pid $(started "$pid")" > "${cards}/$uuid"
done
`;
}
