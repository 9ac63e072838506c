import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, property, uint8Array } from 'fast-check';
import { MysqlResponse, responseHeadBytes } from '../../../../src/database/mysql/mysql-response.js';
import { PacketScanner } from '../../../../src/database/mysql/packet-scanner.js';
import { type RecordedName, recordedNames, recordedResponse } from './recorded-responses.js';

/** Where the response ended in the bytes, which come in chunks of `size`. */
function endOf(response: MysqlResponse, bytes: Uint8Array, size: number): number | undefined {
  const scanner = new PacketScanner(responseHeadBytes);
  let end: number | undefined;
  let isLast = false;
  for (let from = 0; from < bytes.length && end === undefined; from += size)
    scanner.scan(bytes.subarray(from, from + size), {
      begin: (head, offset, length) => {
        if (end === undefined) isLast = response.next(head, offset, length);
      },
      end: (offset) => {
        if (isLast) end ??= from + offset;
      },
    });
  return end;
}

describe('MysqlResponse', () => {
  it.each(recordedNames)('%s ends with its last byte, in any cut', (name) => {
    const { kind, bytes } = recordedResponse(name);
    const followed = Buffer.concat([bytes, recordedResponse('ping').bytes]);
    for (const size of [1, 2, 3, 5, 7, 64, followed.length]) {
      const response = new MysqlResponse(kind);
      expect(endOf(response, followed, size)).toBe(bytes.length);
      expect(response.invalid).toBe(false);
    }
  });

  it.each(recordedNames)('%s does not end before its last byte', (name) => {
    const { kind, bytes } = recordedResponse(name);
    for (let length = 0; length < bytes.length; length += 1)
      expect(endOf(new MysqlResponse(kind), bytes.subarray(0, length), 16)).toBeUndefined();
  });

  const after = (name: RecordedName): MysqlResponse => {
    const { kind, bytes } = recordedResponse(name);
    const response = new MysqlResponse(kind);
    endOf(response, bytes, bytes.length);
    return response;
  };

  it('knows the state of the transaction, failures and the statement', () => {
    expect(after('begun')).toMatchObject({ status: 3, failed: false });
    expect(after('committed')).toMatchObject({ status: 2, failed: false });
    expect(after('refused')).toMatchObject({ status: undefined, failed: true });
    expect(after('lateError')).toMatchObject({ failed: true });
    expect(after('rowsThenError')).toMatchObject({ failed: true });
    expect(after('prepared').statement).toBe(recordedResponse('prepared').bytes.readUInt32LE(5));
  });

  it('reads the status behind long numbers', () => {
    const ok = Buffer.from('00fe0102030405060708fefffffffffffffffe0300', 'hex');
    const response = new MysqlResponse('results');
    expect(response.next(ok, 0, ok.length)).toBe(true);
    expect(response.status).toBe(3);
  });

  describe('tells whether a statement left something in the session', () => {
    const told = (...packets: string[]): boolean => {
      const response = new MysqlResponse('results');
      for (const packet of packets) {
        const bytes = Buffer.from(packet, 'hex');
        response.next(bytes, 0, bytes.length);
      }
      return response.changesSession;
    };
    const systemVariable = `000d${Buffer.from('\x08sql_mode\x03XYZ').toString('hex')}`;

    it.each([
      ['a SET', '000000024000000003020131'],
      ['an UPDATE whose function sets a variable', '00030022400000046f6b617903020131'],
      ['a SET of a variable that is told, too', `000000024000000012${systemVariable}020131`],
    ])('%s, on either server', (_what, packet) => {
      expect(told(packet)).toBe(true);
    });

    it('of one that is too long to be seen whole: it may have', () => {
      const head = Buffer.alloc(responseHeadBytes);
      head.set(Buffer.from('00000002400000fd000001', 'hex'));
      const response = new MysqlResponse('results');
      response.next(head, 0, 66_000);
      expect(response.changesSession).toBe(true);
    });

    it('MariaDB after rows', () => {
      expect(told('01', '00', 'fe00000200', '0131', 'fe00000240')).toBe(true);
      expect(told('01', '00', 'fe00000200', '0131', 'fe00000200')).toBe(false);
    });

    it.each([
      ['a COMMIT', '00000002400000000b0509085f5f5f5f5f5f5f5f'],
      ['a START TRANSACTION', '00000003400000000b050908545f5f5f5f5f5f5f'],
      ['a COMMIT AND CHAIN', '000000036000000000'],
      ['what was set as it was', '000000024000000003020130'],
      ['an INSERT', '00010702000000'],
    ])('and MySQL that %s did not, though its flag is set', (_what, packet) => {
      expect(told(packet)).toBe(false);
    });
  });

  it('gives up at a request for a file, and at what no command is answered with', () => {
    for (const [kind, payload] of [
      ['results', 'fb2f657463'],
      ['results', ''],
      ['results', 'fe00000000'],
      ['single', '01'],
      ['statement', '02'],
    ] as const) {
      const bytes = Buffer.from(payload, 'hex');
      const response = new MysqlResponse(kind);
      expect(response.next(bytes, 0, bytes.length)).toBe(true);
      expect(response.invalid).toBe(true);
    }
  });

  it('takes any bytes without an exception', () => {
    assert(
      property(
        constantFrom('single', 'results', 'statement', 'rows'),
        array(uint8Array({ maxLength: 40 })),
        (kind, packets) => {
          const response = new MysqlResponse(kind);
          for (const packet of packets) {
            const head = new Uint8Array(responseHeadBytes);
            head.set(packet.subarray(0, responseHeadBytes));
            expect(typeof response.next(head, 0, packet.length)).toBe('boolean');
          }
        },
      ),
    );
  });
});
