import type { Disk } from '@inference/disk';
import type { NewId } from '@inference/domain';

/** Where Linux says which start of the machine this is; the same in every container. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Names this start of the machine. Where it has no name, a new one each time: then nothing of earlier processes is gone on with. */
export async function findMachineBootId({ disk, newId }: { disk: Pick<Disk, 'readText'>; newId: NewId }): Promise<string> {
  return (await disk.readText(BOOT_ID))?.trim() ?? newId();
}
