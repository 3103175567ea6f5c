import type { Setting, Settings } from './setting.ts';

const GIB = 1024 ** 3;

/** The settings of a service as a table of docs/configuration.md. */
export function settingsTable(settings: Settings): string {
  const rows = Object.entries(settings).map(([name, setting]) => `| ${nameOf(name, setting)} | ${defaultOf(setting)} | ${setting.text} |`);
  return ['| Setting | Default | What it decides |', '|---|---|---|', ...rows].join('\n');
}

function nameOf(name: string, { secret }: Setting): string {
  return secret === true ? `\`${name}\` (secret)` : `\`${name}\``;
}

function defaultOf(setting: Setting): string {
  if (setting.defaultShown !== undefined) return setting.defaultShown;
  if (setting.default === undefined) return 'must be set';
  if (setting.default === null || setting.default === '') return 'none';
  if (typeof setting.default === 'boolean') return setting.default ? '1' : '0';
  const value = `${setting.default}${setting.unit === undefined ? '' : ` ${setting.unit}`}`;
  return setting.unit === 'bytes' ? `${value} (${Number(setting.default) / GIB} GiB)` : value;
}
