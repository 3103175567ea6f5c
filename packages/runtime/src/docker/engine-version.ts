/** Engines below this have a flaw that gives a hostile image the host through the archive calls (CVE-2026-41567). */
export const ENGINE_WANTED = '29.5.1';

/** Whether an engine's version is older than the one wanted: warn, never refuse. A version that cannot be read counts as new. */
export function isEngineOld(version: string): boolean {
  const [found, wanted] = [numbers(version), numbers(ENGINE_WANTED)];
  if (found === null || wanted === null) return false;
  for (const [at, want] of wanted.entries()) {
    const have = found[at] ?? 0;
    if (have !== want) return have < want;
  }
  return false;
}

function numbers(version: string): number[] | null {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  return match === null ? null : match.slice(1).map((each) => Number(each ?? 0));
}
