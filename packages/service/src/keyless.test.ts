import { describe, expect, it } from 'vitest';
import { callerOf } from './keyless.ts';

function caller(headers: Record<string, string>, options: { remoteAddress?: string; keylessLocal?: boolean } = {}) {
  return callerOf({ headers, remoteAddress: options.remoteAddress ?? '127.0.0.1' }, options.keylessLocal ?? true);
}

describe('callerOf', () => {
  it.each(['127.0.0.1', '127.0.0.1:8000', '127.255.3.4:1', 'localhost', 'LocalHost:8000', '[::1]', '[::1]:8000'])(
    'counts a direct request for the host %s as local',
    (host) => {
      expect(caller({ host })).toBe('local');
    },
  );

  it.each([
    'example.org',
    'localhost.example.org',
    '127.0.0.1.example.org',
    'localhost.',
    '127.0.0.256',
    '127.1',
    '0.0.0.0',
    '10.0.0.1',
    '[::2]',
    '[::1]x',
    'localhost:8000:1',
    'user@localhost',
    '',
  ])('counts a request for the host %j as remote', (host) => {
    expect(caller({ host })).toBe('remote');
  });

  it.each([
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-anything',
    'x-forwarded',
    'x-real-ip',
    'via',
    'true-client-ip',
    'x-client-ip',
    'cf-connecting-ip',
    'x-original-forwarded-for',
    'x-envoy-external-address',
  ])('counts a request with the header %s as remote', (name) => {
    expect(caller({ host: 'localhost', [name]: '127.0.0.1' })).toBe('remote');
    expect(caller({ host: 'localhost', [name]: '' })).toBe('remote');
  });

  it('counts every request as remote when the server is not bound to loopback', () => {
    expect(caller({ host: 'localhost' }, { keylessLocal: false })).toBe('remote');
  });

  it('counts a peer on another machine as remote, whatever it writes into Host', () => {
    expect(caller({ host: 'localhost' }, { remoteAddress: '192.168.1.5' })).toBe('remote');
    expect(caller({ host: 'localhost' }, { remoteAddress: '::ffff:192.168.1.5' })).toBe('remote');
    expect(caller({ host: 'localhost' }, { remoteAddress: '::ffff:127.0.0.1' })).toBe('local');
    expect(caller({ host: 'localhost' }, { remoteAddress: '::1' })).toBe('local');
  });

  it('counts a request without Host as remote', () => {
    expect(caller({})).toBe('remote');
  });
});
