import { describe, expect, it } from '@jest/globals';
import { wantedAddress } from '../../../../src/module/ports/wanted-address.js';

describe('wantedAddress', () => {
  it('is any port of no host in particular when nothing is set, or set to nothing', () => {
    expect(wantedAddress({})).toEqual({ host: undefined, port: 0 });
    expect(wantedAddress({ HOST: '', PORT: '' })).toEqual({ host: undefined, port: 0 });
  });

  it('is what HOST and PORT say', () => {
    expect(wantedAddress({ HOST: '0.0.0.0', PORT: '8080' })).toEqual({ host: '0.0.0.0', port: 8080 });
  });

  it.each(['80 80', '-1', '65536', '1.5', 'http'])('refuses the port %p', (PORT) => {
    expect(() => wantedAddress({ PORT })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
