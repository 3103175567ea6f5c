import type { Environment, Settings } from './setting.ts';

/** Shorter names are too close to those of others, such as HOST. */
const NAME_CHARS_MIN = 8;

/** Warns of variables that look like a setting with one letter too many, missing or wrong; all others are none of our business. */
export function nearNames(settings: Settings, environment: Environment): string[] {
  const known = Object.entries(settings).flatMap(([name, { secret }]) => (secret === true ? [name, `${name}_FILE`] : [name]));
  const strange = Object.keys(environment).filter((name) => !known.includes(name));
  return strange.flatMap((name) => {
    const meant = known.find((candidate) => candidate.length >= NAME_CHARS_MIN && isOneOff(name, candidate));
    return meant === undefined ? [] : [`${name} is not a setting: was ${meant} meant?`];
  });
}

/** Whether two words are the same but for one letter. */
function isOneOff(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length === long.length) return short.slice(at + 1) === long.slice(at + 1);
  return short.slice(at) === long.slice(at + 1);
}
