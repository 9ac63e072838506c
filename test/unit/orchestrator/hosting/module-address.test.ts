import { describe, expect, it } from '@jest/globals';
import { moduleAddress } from '../../../../src/orchestrator/hosting/module-address.js';

describe('moduleAddress', () => {
  it.each([
    ['127.0.0.1:8000', { host: '127.0.0.1', port: 8000 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['0.0.0.0:8000', { host: '127.0.0.1', port: 8000 }],
    ['[::]:8000', { host: '::1', port: 8000 }],
  ])('reads %s', (listen, address) => {
    expect(moduleAddress(listen)).toEqual(address);
  });

  it.each(['/run/module.sock', 'localhost:8000', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', ''])(
    'refuses %j',
    (listen) => {
      expect(() => moduleAddress(listen)).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }));
    },
  );
});
