import { plainJson } from './plain-text.ts';

/** Words that may stand in YAML as they are: no reader takes them for anything but text. */
const BARE = /^[A-Za-z_][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*$/;
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i;

/** A value of JSON as YAML. Text that might be taken for something else is in double quotes, escaped as in JSON. */
export function toYaml(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []';
    return value.map((item) => `\n${indent}-${nested(item, `${indent}  `)}`).join('');
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    if (entries.length === 0) return ' {}';
    return entries.map(([name, each]) => `\n${indent}${scalar(name)}:${toYaml(each, `${indent}  `)}`).join('');
  }
  return ` ${scalar(value)}`;
}

/** An item of a list: its first field stands on the line of the dash. */
function nested(item: unknown, indent: string): string {
  const text = toYaml(item, indent);
  return text.startsWith('\n') ? ` ${text.slice(1 + indent.length)}` : text;
}

function scalar(value: unknown): string {
  if (typeof value === 'string' && BARE.test(value) && !RESERVED.test(value)) return value;
  return plainJson(value);
}
