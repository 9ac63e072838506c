import { describe, expect, it } from '@jest/globals';
import { readHostPort, readIpPort } from '../../../src/foundation/index.js';

describe('an address with a port', () => {
  it.each([
    ['127.0.0.1:8000', '127.0.0.1', 8000],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['[::1]:65535', '::1', 65_535],
    ['[fe80::1]:080', 'fe80::1', 80],
  ])('is read from %s', (text, host, port) => {
    expect(readIpPort(text)).toEqual({ host, port });
    expect(readHostPort(text)).toEqual({ host, port });
  });

  it.each([
    ['localhost:8080', 'localhost', 8080],
    ['my-host.example:1', 'my-host.example', 1],
  ])('names a host in %s, which is no IP address', (text, host, port) => {
    expect(readHostPort(text)).toEqual({ host, port });
    expect(readIpPort(text)).toBeUndefined();
  });

  it.each([
    '',
    ':80',
    'localhost',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:-1',
    '127.0.0.1:65536',
    '127.0.0.1:80 ',
    '127.0.0.1:80:90',
    '300.1.1.1:80',
    '1.2.3:80',
    '::1:80',
    '[::1]',
    '[127.0.0.1]:80',
    '[localhost]:80',
    'a b:80',
    'user@host:80',
    '/run/orders.sock',
    '/run/a:80',
  ])('is not %j', (text) => {
    expect([readHostPort(text), readIpPort(text)]).toEqual([undefined, undefined]);
  });
});
