import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MEMORY_MIB = 81_559;
const NAME = 'Test card';

/** Makes a folder whose nvidia-smi lists these GPUs, all well; put in front of a PATH, it is the driver of whoever asks. */
export async function fakeNvidiaSmi(folder: string, uuids: readonly string[]): Promise<string> {
  const [list, readings] = [
    uuids.map((uuid, at) => `GPU ${at}: ${NAME} (UUID: ${uuid})`),
    uuids.map((uuid) => `${uuid}, ${MEMORY_MIB}, 0, ${NAME}`),
  ];
  const script = `#!/bin/sh
case "$1" in
  -L) echo '${list.join('\n')}' ;;
  --query-gpu=uuid,memory.total*) echo '${readings.join('\n')}' ;;
  *) echo 'this driver does not know that' >&2; exit 6 ;;
esac
`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'nvidia-smi'), script);
  await chmod(join(folder, 'nvidia-smi'), 0o755);
  return folder;
}
