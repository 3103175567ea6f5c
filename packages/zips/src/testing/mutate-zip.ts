import type { Random } from './random.ts';

/** The records of a zip and where their fields lie: offset and width in bytes. */
const RECORDS: ReadonlyArray<{ readonly signature: string; readonly fields: ReadonlyArray<readonly [number, number]> }> = [
  {
    signature: 'PK\x03\x04',
    fields: [
      [4, 2],
      [6, 2],
      [8, 2],
      [10, 4],
      [14, 4],
      [18, 4],
      [22, 4],
      [26, 2],
      [28, 2],
      [30, 1],
      [30, 4],
    ],
  },
  {
    signature: 'PK\x01\x02',
    fields: [
      [4, 2],
      [6, 2],
      [8, 2],
      [10, 2],
      [12, 4],
      [16, 4],
      [20, 4],
      [24, 4],
      [28, 2],
      [30, 2],
      [32, 2],
      [34, 2],
      [36, 2],
      [38, 4],
      [42, 4],
      [46, 1],
      [46, 4],
    ],
  },
  {
    signature: 'PK\x05\x06',
    fields: [
      [4, 2],
      [6, 2],
      [8, 2],
      [10, 2],
      [12, 4],
      [16, 4],
      [20, 2],
    ],
  },
  {
    signature: 'PK\x06\x06',
    fields: [
      [4, 8],
      [12, 2],
      [14, 2],
      [16, 4],
      [20, 4],
      [24, 8],
      [32, 8],
      [40, 8],
      [48, 8],
    ],
  },
  {
    signature: 'PK\x06\x07',
    fields: [
      [4, 4],
      [8, 8],
      [16, 4],
    ],
  },
  {
    signature: 'PK\x07\x08',
    fields: [
      [4, 4],
      [8, 4],
      [12, 4],
      [16, 8],
    ],
  },
];
/** The same field in the local header and in the directory: flags, method, time, checksum, sizes, first letters of the name. */
const TWINS: ReadonlyArray<readonly [local: number, central: number, width: number]> = [
  [4, 6, 2],
  [6, 8, 2],
  [8, 10, 2],
  [10, 12, 4],
  [14, 16, 4],
  [18, 20, 4],
  [22, 24, 4],
  [30, 46, 1],
  [31, 47, 1],
];
const VALUES = [
  0n,
  1n,
  2n,
  8n,
  9n,
  45n,
  0x2en,
  0x2fn,
  0x5cn,
  0x7fn,
  0x800n,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  0x100000000n,
  0x7fffffffffffffffn,
  0xffffffffffffffffn,
];

type Mutation = (zip: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'flip bits': (zip, random) => {
    const mutant = Buffer.from(zip);
    for (let count = 1 + random.below(3); count > 0; count--) flipBit(mutant, random.below(mutant.length), random);
    return mutant;
  },
  'overwrite bytes': (zip, random) => {
    const mutant = Buffer.from(zip);
    const at = random.below(mutant.length);
    return mutant.fill(random.below(256), at, Math.min(mutant.length, at + 1 + random.below(8)));
  },
  'flip a bit in the last bytes': (zip, random) => {
    const mutant = Buffer.from(zip);
    flipBit(mutant, mutant.length - 1 - random.below(Math.min(120, mutant.length)), random);
    return mutant;
  },
  truncate: (zip, random) => zip.subarray(0, random.below(zip.length)),
  'cut the front': (zip, random) => zip.subarray(1 + random.below(zip.length - 1)),
  'cut a range': (zip, random) => {
    const at = random.below(zip.length);
    return Buffer.concat([zip.subarray(0, at), zip.subarray(at + 1 + random.below(64))]);
  },
  'double a range': (zip, random) => {
    const at = random.below(zip.length);
    const end = Math.min(zip.length, at + 1 + random.below(200));
    return Buffer.concat([zip.subarray(0, end), zip.subarray(at)]);
  },
  'insert bytes': (zip, random) => {
    const at = random.below(zip.length + 1);
    return Buffer.concat([zip.subarray(0, at), Buffer.alloc(1 + random.below(30), random.below(256)), zip.subarray(at)]);
  },
  'splice two zips': (zip, random, others) => {
    const other = random.pick(others);
    return Buffer.concat([zip.subarray(0, random.below(zip.length)), other.subarray(random.below(other.length))]);
  },
  'append another zip': (zip, random, others) => Buffer.concat([zip, random.pick(others)]),
  'paste a range of another zip': (zip, random, others) => {
    const other = random.pick(others);
    const from = random.below(other.length);
    const mutant = Buffer.from(zip);
    other.copy(mutant, random.below(mutant.length), from, from + 1 + random.below(100));
    return mutant;
  },
  'swap two records': (zip, random) => {
    const records = findAll(zip, random.pick(['PK\x03\x04', 'PK\x01\x02']));
    const [one, two] = [random.pick(records), random.pick(records)];
    const mutant = Buffer.from(zip);
    zip.copy(mutant, one, two, two + 46);
    zip.copy(mutant, two, one, one + 46);
    return mutant;
  },
  'set a field': (zip, random) => {
    const present = RECORDS.filter((record) => zip.includes(record.signature, 0, 'latin1'));
    if (present.length === 0) return zip;
    const { signature, fields } = random.pick(present);
    const mutant = Buffer.from(zip);
    const [offset, width] = random.pick(fields);
    return setField(mutant, { at: random.pick(findAll(zip, signature)) + offset, width }, random);
  },
  'set a field in both headers': (zip, random) => {
    const [local, central] = [findAll(zip, 'PK\x03\x04'), findAll(zip, 'PK\x01\x02')];
    const index = random.below(Math.min(local.length, central.length));
    const [localAt, centralAt, width] = random.pick(TWINS);
    const mutant = Buffer.from(zip);
    const at = (local[index] ?? 0) + localAt;
    if (at + width > zip.length) return zip;
    setField(mutant, { at, width }, random);
    mutant.copy(mutant, (central[index] ?? 0) + centralAt, at, at + width);
    return mutant;
  },
};

/** Makes a broken, or oddly whole, zip out of a good one. */
export function mutateZip(zips: readonly Buffer[], random: Random): { zip: Buffer; how: string } {
  let zip = random.pick(zips);
  const how: string[] = [];
  for (let count = random.below(4) === 0 ? 2 : 1; count > 0 && zip.length > 1; count--) {
    const name = random.pick(Object.keys(MUTATIONS));
    zip = (MUTATIONS[name] as Mutation)(zip, random, zips);
    how.push(name);
  }
  return { zip, how: how.join(', then ') };
}

function flipBit(zip: Buffer, at: number, random: Random): void {
  zip[at] = (zip[at] ?? 0) ^ (1 << random.below(8));
}

/** Sets a field to a value that is likely to matter, or moves it by one. */
function setField(zip: Buffer, field: { at: number; width: number }, random: Random): Buffer {
  const { at, width } = field;
  if (at + width > zip.length) return zip;
  const old = width === 8 ? zip.readBigUInt64LE(at) : BigInt(zip.readUIntLE(at, width));
  const value = BigInt.asUintN(
    8 * width,
    random.pick([old + 1n, old - 1n, random.pick(VALUES), random.pick(VALUES), BigInt(random.below(0xffffffff))]),
  );
  if (width === 8) zip.writeBigUInt64LE(value, at);
  else zip.writeUIntLE(Number(value), at, width);
  return zip;
}

function findAll(zip: Buffer, signature: string): number[] {
  const found: number[] = [];
  for (let at = zip.indexOf(signature, 0, 'latin1'); at >= 0; at = zip.indexOf(signature, at + 1, 'latin1')) found.push(at);
  return found.length > 0 ? found : [0];
}
