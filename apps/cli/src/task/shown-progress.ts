import type { Task } from '@inference/client';

/** What a model last said of its progress. */
export function shownProgress(progress: Task['progress']): string {
  if (progress === null) return '';
  const percent = progress.fraction === null ? '' : `${Math.floor(progress.fraction * 100)} %`;
  return [percent, progress.text].filter((part) => part !== '').join(' ');
}
