import { describe, expect, it } from '@jest/globals';
import { array, assert, nat, property, uint8Array } from 'fast-check';
import { packetOf } from '../../../../src/database/mysql/mysql-packets.js';
import { maxPayloadBytes, PacketScanner } from '../../../../src/database/mysql/packet-scanner.js';

/** What was seen of packets that came cut at `cuts`: their heads, lengths and where they ended in the whole. */
function scanned(
  bytes: Uint8Array,
  cuts: readonly number[],
  headBytes = 4,
): { seen: string[]; scanner: PacketScanner } {
  const scanner = new PacketScanner(headBytes);
  const seen: string[] = [];
  const edges = [...new Set([0, ...cuts, bytes.length])].filter((at) => at <= bytes.length).toSorted((a, b) => a - b);
  edges.slice(1).forEach((edge, index) => {
    const from = edges[index] ?? 0;
    scanner.scan(bytes.subarray(from, edge), {
      begin: (head, offset, length, sequence) => {
        const known = head.subarray(offset, offset + Math.min(length, headBytes));
        seen.push(`${sequence} begins ${length} ${Buffer.from(known).toString('hex')}`);
      },
      end: (offset, sequence) => seen.push(`${sequence} ends at ${from + offset}`),
    });
  });
  return { seen, scanner };
}

describe('PacketScanner', () => {
  it('finds the same packets in any cut', () => {
    const payloads = array(uint8Array({ maxLength: 20 }), { maxLength: 5 });
    assert(
      property(payloads, array(nat(120)), (parts, cuts) => {
        const bytes = Buffer.concat(parts.map((part, index) => packetOf(index, part)));
        const { seen, scanner } = scanned(bytes, cuts);
        expect(seen).toEqual(scanned(bytes, []).seen);
        expect(seen).toHaveLength(parts.length * 2);
        expect(scanner.midPacket).toBe(false);
      }),
    );
  });

  it('gives the head before the rest came', () => {
    const bytes = packetOf(3, Buffer.from('abcdefgh'));
    expect(scanned(bytes.subarray(0, 7), []).seen).toEqual([]);
    const { seen, scanner } = scanned(bytes.subarray(0, 8), [1, 2, 3, 4, 5, 6, 7]);
    expect(seen).toEqual(['3 begins 8 61626364']);
    expect(scanner.midPacket).toBe(true);
  });

  it('takes a payload of several packets for one, also when the last is empty', () => {
    const full = packetOf(0, Buffer.alloc(maxPayloadBytes, 'x'));
    const { seen } = scanned(
      Buffer.concat([full, packetOf(1, Buffer.alloc(0)), packetOf(2, Buffer.from('y'))]),
      [9_000_000],
    );
    const end = full.length + 4;
    expect(seen).toEqual([
      `0 begins ${maxPayloadBytes} 78787878`,
      `1 ends at ${end}`,
      '2 begins 1 79',
      `2 ends at ${end + 5}`,
    ]);
  });

  it('is in the middle of a payload between its packets', () => {
    expect(scanned(packetOf(0, Buffer.alloc(maxPayloadBytes)), []).scanner.midPacket).toBe(true);
  });

  it('says how long a packet is that has only begun, and adds up its parts', () => {
    const full = packetOf(0, Buffer.alloc(maxPayloadBytes));
    const announced = (...parts: Buffer[]) => scanned(Buffer.concat(parts), []).scanner.announcedBytes;
    expect(announced(packetOf(0, Buffer.alloc(9)).subarray(0, 4))).toBe(9);
    expect(announced(full, packetOf(1, Buffer.alloc(9)).subarray(0, 4))).toBe(maxPayloadBytes + 9);
    expect(announced(full, packetOf(1, Buffer.alloc(9)), packetOf(0, Buffer.alloc(2)))).toBe(2);
  });
});
