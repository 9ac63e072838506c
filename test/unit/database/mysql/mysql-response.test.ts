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
