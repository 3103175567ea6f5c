/** Whether a version such as 20.10.24+dfsg1 is older than another. One that cannot be read counts as new. */
export function isOlder(version: string, wanted: string): boolean {
  const [have, want] = [numbersOf(version), numbersOf(wanted)];
  if (have === null || want === null) return false;
  const at = want.findIndex((number, place) => (have[place] ?? 0) !== number);
  return at >= 0 && (have[at] ?? 0) < (want[at] ?? 0);
}

function numbersOf(version: string): number[] | null {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  return match === null ? null : match.slice(1).map((each) => Number(each ?? 0));
}
