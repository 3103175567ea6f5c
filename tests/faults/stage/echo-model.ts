import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How people address it, in a folder and as a container. */
export const ECHO = 'echo';
export const ECHO_CONTAINER = 'echo-container';
/** What it gives back, byte for byte. */
export const PAYLOAD = 'payload.bin';
/** Where it writes which of its starts this was: every start has a name of its own. */
export const START = 'start';

/**
 * Tells its start in the log and in the output, waits as many seconds as it was told, writes as much noise as it was told, and gives its
 * payload back. A second start cannot pass for the first.
 */
export const ECHO_SCRIPT = `set -e
in="\${INPUT_DIR:-/input}"; out="\${OUTPUT_DIR:-/output}"
start="$(cat /proc/sys/kernel/random/uuid)"
echo "start $start"; echo "$start" > "$out/${START}"
if [ -e "$in/seconds" ]; then sleep "$(cat "$in/seconds")"; fi
if [ -e "$in/noise" ]; then head -c "$(cat "$in/noise")" /dev/urandom > "$out/noise"; fi
cp "$in/${PAYLOAD}" "$out/${PAYLOAD}"`;

/** Puts the model in a folder of its own, below the folder of models. */
export async function writeEchoModel(models: string): Promise<void> {
  const folder = join(models, ECHO);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.json'), JSON.stringify({ humanReadableId: ECHO, process: { command: ['sh', '-c', ECHO_SCRIPT] } }));
}
