import type { Component } from './component.ts';

/** Longer than this, in milliseconds, and the other service counts as away. */
const ANSWER_MS = 2_500;

/** Looks whether another service of ours answers. Whether it is ready is its own affair: what it cannot serve it refuses with a reason. */
export function serviceCheck(name: string, url: URL): Component {
  const livez = new URL('/livez', url);
  return {
    name,
    needed: true,
    async check() {
      const answer = await fetch(livez, { signal: AbortSignal.timeout(ANSWER_MS) });
      await answer.body?.cancel();
      return answer.ok ? { ok: true, text: 'It answers.' } : { ok: false, text: `It answers with the status ${answer.status}.` };
    },
  };
}
