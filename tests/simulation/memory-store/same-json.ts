import { isDeepStrictEqual } from 'node:util';

/** Whether two values are the same as jsonb: the order of names means nothing. */
export function sameJson(a: object, b: object): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}

/** As JSON brings it back: an object that has no prototype is like any other. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
