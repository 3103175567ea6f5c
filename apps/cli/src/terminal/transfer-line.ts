import { shownBytes, shownSeconds } from '../output/units.ts';
import { bar } from './bar.ts';

/** How far an upload or download is: the bar, where its length is known, the bytes, the speed, and the time that is left. What was there earlier is no speed. */
export function transferLine(bytes: number, total: number | null, tookMs: number, earlierBytes = 0): string {
  const speed = tookMs < 500 ? null : (bytes - earlierBytes) / (tookMs / 1000);
  const pace = speed === null ? '' : `  ${shownBytes(Math.round(speed))}/s`;
  if (total === null) return `${shownBytes(bytes)}${pace}`;
  const left = speed === null || speed === 0 || bytes >= total ? '' : `  ${shownSeconds((total - bytes) / speed)} left`;
  return `${bar(total === 0 ? 1 : bytes / total)} ${shownBytes(bytes)} of ${shownBytes(total)}${pace}${left}`;
}
