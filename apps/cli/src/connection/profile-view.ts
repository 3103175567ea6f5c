import type { View } from '../output/printer.ts';
import type { Profiles } from './profile-file.ts';

/** A profile as it is shown: whether it has a key, never the key. */
export type ShownProfile = { readonly name: string; readonly url: string; readonly key: boolean; readonly current: boolean };

/** How profiles are listed. */
export const PROFILE_VIEW: View<ShownProfile> = {
  columns: [
    { title: 'name', text: ({ name }) => name },
    { title: 'current', text: ({ current }) => (current ? 'yes' : '') },
    { title: 'url', text: ({ url }) => url },
    { title: 'key', text: ({ key }) => (key ? 'saved' : 'none') },
  ],
  name: ({ name }) => name,
};

export function shownProfiles({ current, profiles }: Profiles): ShownProfile[] {
  return Object.entries(profiles).map(([name, { url, token }]) => ({ name, url, key: token !== undefined, current: name === current }));
}
