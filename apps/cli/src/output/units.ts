const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** Bytes as people read them. */
export function shownBytes(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 ? value : value.toFixed(value < 100 ? 1 : 0)} ${UNITS[step]}`;
}

/** Seconds as people read them. */
export function shownSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (hours === 0) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${hours} h ${minutes % 60} min`;
}

/** How long ago a moment was. */
export function shownAge(time: string | null, nowMs: number): string {
  if (time === null) return '';
  const seconds = Math.max(0, (nowMs - Date.parse(time)) / 1000);
  if (seconds < 120) return `${Math.floor(seconds)}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
