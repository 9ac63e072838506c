import { describe, expect, it } from '@jest/globals';
import { givenAddress } from '../../../../src/module/ports/given-address.js';

describe('givenAddress', () => {
  it.each([
    ['127.0.0.1:8000', { host: '127.0.0.1', port: 8000 }],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
  ])('reads %s', (listen, address) => {
    expect(givenAddress(listen)).toEqual(address);
  });

  it.each([
    '',
    '/run/orders.sock',
    'localhost:8080',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:80',
    '[127.0.0.1]:80',
    '1.2.3:80',
  ])('takes %p for the path of a socket, as the protocol does', (listen) => {
    expect(givenAddress(listen)).toBeUndefined();
  });
});
