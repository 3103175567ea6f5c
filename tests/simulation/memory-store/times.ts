/** A time so many seconds before another, or after it where they are less than nothing. */
export function secondsBefore(time: Date, seconds: number): Date {
  return new Date(time.getTime() - Math.round(seconds * 1000));
}

/** A time as `json_build_object` writes it. */
export function jsonTime(time: Date): string;
export function jsonTime(time: Date | null): string | null;
export function jsonTime(time: Date | null): string | null {
  return time?.toISOString().replace(/\.?0*Z$/, '+00:00') ?? null;
}
