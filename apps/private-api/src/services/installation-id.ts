import type { Deps } from '../deps.ts';

/** The id of this installation, made at its first start: containers are labelled with it, so that none but ours are touched. */
export async function installationId(deps: Deps): Promise<string> {
  const { value } = await deps.db.setting.upsert({
    where: { key: 'installation_id' },
    create: { key: 'installation_id', value: deps.newId() },
    update: {},
  });
  return value;
}
