const GPU = /^GPU (\d+): (.*) \(UUID: (GPU-[A-Za-z0-9-]{1,100})\)\s*$/;
const MIG = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[A-Za-z0-9/-]{1,100})\)\s*$/;
/** Such as `1g.10gb`, `1c.3g.20gb` and `1g.10gb+me`. */
const PROFILE_GB = /\.(\d{1,4})gb/;
/** A profile counts gigabytes roughly: what the part really has is a little more, or up to 3 % less. */
const GB = 1_000_000_000;

type Card = {
  /** Its number on this machine, as the other outputs of nvidia-smi count. It may change with a restart. */
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  /** What it is split into (MIG); empty: it is whole. */
  readonly parts: readonly { readonly uuid: string; readonly profile: string; readonly memoryBytes: number }[];
};

/** The cards that `nvidia-smi -L` lists, each with its parts; lines that are something else are left out. */
export function readDeviceList(text: string): Card[] {
  const cards: (Card & { parts: Card['parts'][number][] })[] = [];
  for (const line of text.split('\n')) {
    const [, index, name, uuid] = GPU.exec(line) ?? [];
    if (name !== undefined && uuid !== undefined) cards.push({ index: Number(index), uuid, name, parts: [] });
    const [, profile, part] = MIG.exec(line) ?? [];
    if (profile === undefined || part === undefined) continue;
    cards.at(-1)?.parts.push({ uuid: part, profile, memoryBytes: Number(PROFILE_GB.exec(profile)?.[1] ?? 0) * GB });
  }
  return cards;
}
