import { readdirSync, readFileSync } from 'node:fs';

const CLOSE_ON_EXEC = 0o2000000;
/** A descriptor above this cannot be covered; nothing hands such a one down. */
const DESCRIPTORS_MAX = 1024;

let found: readonly number[] | undefined;

/**
 * The open files above 2 that whoever started this process left open for its children: a model must not get them. Looked up
 * once, for nothing that this process opens itself is handed down. Empty where there is no /proc.
 */
export function inheritedDescriptors(): readonly number[] {
  found ??= list();
  return found;
}

function list(): number[] {
  try {
    return readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((fd) => fd > 2 && fd < DESCRIPTORS_MAX && isHandedDown(fd));
  } catch {
    return [];
  }
}

function isHandedDown(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // It was the one that listed the folder.
    return false;
  }
}
