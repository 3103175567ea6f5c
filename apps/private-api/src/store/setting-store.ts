import type { Tx } from '@inference/database';

/** Facts about this installation. */
export type SettingKey = 'installation_id' | 'file_store_id';

export async function findSetting(tx: Tx, key: SettingKey): Promise<string | null> {
  const row = await tx.setting.findUnique({ where: { key } });
  return row?.value ?? null;
}

/** Keeps the value unless there is one, and answers the one that is kept: whoever comes first decides. */
export async function settleSetting(tx: Tx, key: SettingKey, value: string): Promise<string> {
  await tx.$executeRaw`INSERT INTO setting (key, value) VALUES (${key}, ${value}) ON CONFLICT (key) DO NOTHING`;
  const { value: kept } = await tx.setting.findUniqueOrThrow({ where: { key } });
  return kept;
}
