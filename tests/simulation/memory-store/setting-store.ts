import type { Statement } from './statement.ts';

export const findSetting: Statement<'findSetting'> = (db, key) => db.settingByKey.get(key)?.value ?? null;

export const settleSetting: Statement<'settleSetting'> = (db, key, value) => {
  const kept = db.settingByKey.get(key) ?? db.setting.insert({ key, value });
  return kept.value;
};
