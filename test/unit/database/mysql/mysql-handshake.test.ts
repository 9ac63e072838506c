import { describe, expect, it } from '@jest/globals';
import { assert, property, uint8Array } from 'fast-check';
import {
  limitGreeting,
  localGreeting,
  loginOptions,
  parseGreeting,
  parseLogin,
} from '../../../../src/database/mysql/mysql-handshake.js';
import { recordedGreeting } from './recorded-responses.js';

const localFiles = 0x80;
const compress = 0x20;
const tls = 0x800;
const deprecateEof = 0x1_00_00_00;

describe('the greeting', () => {
  const greeting = parseGreeting(recordedGreeting.subarray(4));
  if (greeting === undefined) throw new Error('the recorded greeting is none');

  it('is read', () => {
    expect(greeting).toMatchObject({ version: '5.5.5-10.11.19-MariaDB-0+deb12u1', extendedCapabilities: 0x1d });
    expect(greeting.capabilities & (localFiles | compress | deprecateEof)).toBe(localFiles | compress | deprecateEof);
  });

  it('is given on with another id and only with what can be relayed', () => {
    const local = parseGreeting(localGreeting(greeting, 0xfe_dc_ba_98).subarray(4));
    expect(local).toMatchObject({ version: greeting.version, collation: greeting.collation, extendedCapabilities: 8 });
    expect((local?.capabilities ?? 0) & (localFiles | compress | deprecateEof | tls)).toBe(0);
    const at = greeting.version.length + 2;
    expect(localGreeting(greeting, 0xfe_dc_ba_98).readUInt32LE(4 + at)).toBe(0xfe_dc_ba_98);
  });

  it("offers the orchestrator's driver the extensions the module's driver has", () => {
    for (const [wanted, left] of [
      ['1', 8],
      ['0', 0],
      [undefined, 0],
    ] as const) {
      const packet = Buffer.from(recordedGreeting);
      limitGreeting(packet, wanted === undefined ? {} : { extended_metadata: wanted });
      expect(parseGreeting(packet.subarray(4))).toEqual({ ...greeting, extendedCapabilities: left });
    }
  });

  it('may be none', () => {
    const error = Buffer.from('ff10047a7a', 'hex');
    expect(parseGreeting(error)).toBeUndefined();
    assert(property(uint8Array({ maxLength: 80 }), (bytes) => void parseGreeting(Buffer.from(bytes))));
  });
});

describe('the login', () => {
  const login = (flags: number, rest = ''): Buffer => {
    const fixed = Buffer.alloc(32);
    fixed.writeUInt32LE(flags, 0);
    fixed[8] = 224;
    fixed[28] = 8;
    return Buffer.concat([fixed, Buffer.from(rest, 'latin1')]);
  };
  const basic = 0x200 | 0x20_00 | 0x80_00;

  it('says which session the module wants', () => {
    expect(parseLogin(login(basic | 0x2 | 0x1_00_00, 'me\0\0'))).toEqual({
      parameters: { collation: '224', flags: 'FOUND_ROWS,MULTI_STATEMENTS', extended_metadata: '1' },
      database: '',
    });
    expect(parseLogin(login(basic | 0x1 | 0x8, 'me\0\x03abcshop\0'))).toEqual({
      parameters: { collation: '224', flags: '', extended_metadata: '0' },
      database: 'shop',
    });
  });

  it('is refused for TLS and for protocols that hide the state of a transaction', () => {
    expect(parseLogin(login(basic | tls))).toContain('TLS');
    expect(parseLogin(login(0x200, 'me\0\0'))).toContain('4.1');
  });

  it('is read whatever it holds', () => {
    assert(property(uint8Array({ maxLength: 80 }), (bytes) => expect(parseLogin(Buffer.from(bytes))).toBeDefined()));
  });

  it('is repeated to the server with the same flags and no others', () => {
    const { flags, charsetNumber } = loginOptions({ collation: '8', flags: 'MULTI_STATEMENTS' });
    expect(charsetNumber).toBe(8);
    expect(flags).toEqual(expect.arrayContaining(['MULTI_STATEMENTS', '-FOUND_ROWS', '-LOCAL_FILES', '-COMPRESS']));
  });
});
