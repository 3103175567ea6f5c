import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** The proxies in front of the relay, by address: what they say of a request's sender counts. */
export type TrustedProxies = { has(address: string | undefined): boolean };

export const NO_PROXIES: TrustedProxies = { has: () => false };

/** Reads a list of addresses and networks, such as `10.0.0.5, 172.16.0.0/12, fd00::/8`. */
export const trustedProxies = z.string().transform((text, context): TrustedProxies => {
  const list = new BlockList();
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '' || addTo(list, entry)) continue;
    context.addIssue({
      code: 'custom',
      message: 'must be addresses or networks with commas between them, such as 10.0.0.5, 172.16.0.0/12',
    });
    return z.NEVER;
  }
  return { has: (address) => address !== undefined && isIP(address) !== 0 && list.check(address, family(address)) };
});

function addTo(list: BlockList, entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || rest.length > 0) return false;
  if (prefix === undefined) list.addAddress(address, family(address));
  else if (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= bits)
    list.addSubnet(address, Number(prefix), family(address));
  else return false;
  return true;
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
