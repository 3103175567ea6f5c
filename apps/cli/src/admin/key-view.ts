import type { KeyView } from '@inference/client';
import type { View } from '../output/printer.ts';
import type { Column } from '../output/table.ts';
import { shownAge, shownBytes } from '../output/units.ts';

type Key = KeyView & { readonly secret?: string };

/** How keys are listed. */
export function keyItemView(nowMs: number): View<KeyView> {
  return {
    columns: [
      { title: 'key', text: ({ prefix }) => prefix },
      { title: 'owner', text: ({ owner }) => owner },
      { title: 'name', text: ({ name }) => name },
      { title: 'scopes', text: ({ scopes }) => scopes.join(',') },
      { title: 'state', text: (key) => stateOf(key, nowMs) },
      { title: 'used', text: ({ last_used_at: at }) => shownAge(at, nowMs), isNumber: true },
      { title: 'expires', text: ({ expires_at: at }) => at ?? '', isWide: true },
      { title: 'created', text: ({ created_at: at }) => at, isWide: true },
      { title: 'by', text: ({ created_by: by }) => by, isWide: true },
    ],
    name: ({ prefix }) => prefix,
  };
}

/** How one key is shown; `-o name` prints the secret alone, where there is one. */
export function keyView(nowMs: number): View<Key> {
  const columns: Column<Key>[] = [
    { title: 'Key', text: ({ prefix }) => prefix },
    { title: 'Secret', text: ({ secret }) => secret ?? '' },
    { title: 'Owner', text: ({ owner }) => owner },
    { title: 'Name', text: ({ name }) => name },
    { title: 'Scopes', text: ({ scopes }) => scopes.join(', ') },
    { title: 'State', text: (key) => stateOf(key, nowMs) },
    { title: 'Expires', text: ({ expires_at: at }) => at ?? 'never' },
    { title: 'Limits', text: ({ limits }) => shownLimits(limits) },
    { title: 'Created', text: ({ created_at: at, created_by: by }) => `${at} by ${by}` },
    { title: 'Last used', text: ({ last_used_at: at }) => at ?? 'never' },
    { title: 'Old secret', text: ({ old_secret_until: until }) => (until === null ? '' : `works until ${until}`) },
  ];
  return { columns, name: ({ prefix, secret }) => secret ?? prefix };
}

function stateOf({ revoked_at: revoked, expires_at: end }: KeyView, nowMs: number): string {
  if (revoked !== null) return 'revoked';
  return end !== null && Date.parse(end) <= nowMs ? 'expired' : 'good';
}

function shownLimits({
  requests_per_minute: requests,
  upload_bytes: bytes,
  queued_tasks: queued,
  running_tasks: running,
}: KeyView['limits']): string {
  const all = [
    requests === null ? '' : `${requests} requests a minute`,
    bytes === null ? '' : `uploads of ${shownBytes(bytes)}`,
    queued === null ? '' : `${queued} tasks that wait`,
    running === null ? '' : `${running} tasks that run`,
  ];
  return all.filter((limit) => limit !== '').join(', ') || 'none';
}
