import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientOf } from './client-of.ts';
import { trustedProxies } from './trusted-proxies.ts';

const PROXIES = trustedProxies.parse('10.0.0.0/8, 192.168.7.7, fd00::/8');

/** Who the relay takes for the sender of a request from `peer`. */
function client(peer: string, headers: IncomingMessage['headers'] = {}) {
  return clientOf({ headers: { host: 'own.example', ...headers }, socket: { remoteAddress: peer } } as IncomingMessage, PROXIES);
}

describe('clientOf', () => {
  const claims = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'lab.example' };

  it.each(['203.0.113.5', '192.168.7.8', '11.0.0.1', '::1', 'fe80::1'])('believes nothing that %s forwards', (peer) => {
    expect(client(peer, claims)).toEqual({ address: peer, protocol: 'http', host: 'own.example' });
  });

  it.each(['10.1.2.3', '192.168.7.7', 'fd12::1', '::ffff:10.1.2.3'])('believes what the proxy %s forwards', (peer) => {
    expect(client(peer, claims)).toEqual({ address: '203.0.113.9', protocol: 'https', host: 'lab.example' });
  });

  it('takes the last address that is none of our proxies: those before it are claims of the client', () => {
    expect(client('10.0.0.1', { 'x-forwarded-for': '127.0.0.1, 198.51.100.7, 10.0.0.2' }).address).toBe('198.51.100.7');
    expect(client('10.0.0.1', { 'x-forwarded-for': '127.0.0.1,198.51.100.7' }).address).toBe('198.51.100.7');
  });

  it('takes a proxy for the sender where nobody else is named, or the name is no address', () => {
    expect(client('10.0.0.1').address).toBe('10.0.0.1');
    expect(client('10.0.0.1', { 'x-forwarded-for': '10.0.0.3, 10.0.0.2' }).address).toBe('10.0.0.3');
    for (const name of ['unknown', '1.2.3.4\n{"level":60}', '', ', ,', '1.2.3', 'x'.repeat(5000)]) {
      expect(client('10.0.0.1', { 'x-forwarded-for': `203.0.113.9, ${name}` }).address).toBe('10.0.0.1');
    }
  });

  it.each(['a b', 'evil.example/path', 'user@evil.example', '[::1', 'x'.repeat(300), '"', ''])('takes no forwarded host %j', (host) => {
    expect(client('10.0.0.1', { 'x-forwarded-host': host }).host).toBe('own.example');
  });

  it.each(['ftp', 'https:', 'HTTPS, http', ''])('takes a forwarded protocol %j for http', (protocol) => {
    expect(client('10.0.0.1', { 'x-forwarded-proto': protocol }).protocol).toBe('http');
  });
});

describe('TRUSTED_PROXIES', () => {
  it.each(['10.0.0.1', '10.0.0.0/8', ' 10.0.0.1 , ::1 ', 'fd00::/8', '10.0.0.1,'])('may be %j', (list) => {
    expect(trustedProxies.safeParse(list).success).toBe(true);
  });

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/8/8', '10.0.0', 'fd00::/129', '10.0.0.1 10.0.0.2', '*'])(
    'may not be %j',
    (list) => expect(trustedProxies.safeParse(list).success).toBe(false),
  );
});
