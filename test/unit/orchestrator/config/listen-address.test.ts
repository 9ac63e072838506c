import { describe, expect, it } from '@jest/globals';
import { parseListenAddress } from '../../../../src/orchestrator/config/listen-address.js';

describe('parseListenAddress', () => {
  it.each([
    ['127.0.0.1:9900', { host: '127.0.0.1', port: 9900 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
    ['my-host.example:1', { host: 'my-host.example', port: 1 }],
  ])('reads %s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  it.each([
    '',
    'localhost',
    ':80',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '300.1.1.1:80',
    '::1:80',
    '[127.0.0.1]:80',
    'a b:80',
    80,
    null,
  ])('refuses %j', (text) => {
    expect(() => parseListenAddress(text)).toThrow('is not a listen address');
  });
});
