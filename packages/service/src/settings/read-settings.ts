import { readFileSync, statSync } from 'node:fs';
import { nearNames } from './near-names.ts';
import type { Environment, Setting, Settings, SettingValues } from './setting.ts';

/** No secret is longer, in bytes: a larger file was named by mistake. */
const SECRET_FILE_BYTES_MAX = 8 * 1024;

/** A configuration, or all that is wrong with it: sentences for whoever runs the service, with no secret in them. */
export type ConfigRead<Config> =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A value, or what is wrong with it. */
type Found<Value> = { readonly value?: Value; readonly problem?: string };
type Held = Found<string | undefined>;

/** Reads the settings of a service, each from its variable or, if it is a secret, from the file that NAME_FILE names. */
export function readSettings<S extends Settings>(settings: S, environment: Environment): ConfigRead<SettingValues<S>> {
  const held = Object.entries(settings).map(([name, setting]) => ({ name, setting, held: holds(name, setting, environment) }));
  const read = held.map((one) => [one.name, parse(one.name, one.setting, one.held)] as const);
  const problems = [...read.flatMap(([, { problem }]) => problem ?? []), ...sameSecrets(held)];
  if (problems.length > 0) return { ok: false, problems };
  const values = Object.fromEntries(read.map(([name, { value }]) => [name, value])) as SettingValues<S>;
  return { ok: true, config: values, warnings: nearNames(settings, environment) };
}

function holds(name: string, setting: Setting, environment: Environment): Held {
  // An empty variable, as compose files pass on unset ones, counts as not set.
  const value = environment[name] || undefined;
  const file = environment[`${name}_FILE`] || undefined;
  if (setting.secret !== true || file === undefined) return { value };
  if (value !== undefined) return { problem: `${name} and ${name}_FILE are both set: set one of them` };
  return readSecretFile(`${name}_FILE`, file);
}

function readSecretFile(name: string, file: string): Held {
  try {
    const found = statSync(file);
    if (!found.isFile()) return { problem: `${name} names something that is not a file: name the file that holds the secret` };
    if (found.size > SECRET_FILE_BYTES_MAX) {
      return { problem: `${name} names a file of more than ${SECRET_FILE_BYTES_MAX} bytes: name the file that holds the secret` };
    }
    // Editors and `echo` end a file with a line break that is not part of the secret.
    const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return value === '' ? { problem: `${name} names an empty file: put the secret into it` } : { value };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { problem: `${name} names a file that cannot be read (${code}): check its path, and that this user may read it` };
  }
}

function parse(name: string, setting: Setting, held: Held): Found<unknown> {
  if (held.problem !== undefined) return held;
  if (held.value === undefined) return parseUnset(name, setting);
  const read = setting.schema.safeParse(held.value);
  return read.success ? { value: read.data } : { problem: `${name} ${read.error.issues[0]?.message}` };
}

function parseUnset(name: string, setting: Setting): Found<unknown> {
  if (setting.default !== undefined) return { value: setting.default };
  const where = setting.secret === true ? `${name} (or ${name}_FILE)` : name;
  return { problem: `${where} must be set. ${setting.text}` };
}

/** Who has one secret must not have the right that another one gives. */
function sameSecrets(held: readonly { name: string; setting: Setting; held: Held }[]): string[] {
  const secrets = held.filter((one) => one.setting.secret === true && one.held.value !== undefined);
  return secrets.flatMap(({ name, held: { value } }, index) => {
    const same = secrets.slice(0, index).find((other) => other.held.value === value);
    return same === undefined ? [] : [`${name} is the same as ${same.name}: make one for each`];
  });
}
