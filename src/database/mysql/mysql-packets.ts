/** What the relay says itself, and the parts of packets it reads. */

export const statusFlags = {
  inTransaction: 0x1,
  autocommit: 0x2,
  moreResults: 0x8,
  cursorExists: 0x40,
  noBackslashEscapes: 0x200,
  sessionChanged: 0x4000,
} as const;

export function packetOf(sequence: number, payload: Uint8Array): Buffer {
  const packet = Buffer.alloc(4 + payload.length);
  packet.writeUIntLE(payload.length, 0, 3);
  packet[3] = sequence & 0xff;
  packet.set(payload, 4);
  return packet;
}

export function okPacket(sequence: number, status: number): Buffer {
  return packetOf(sequence, Uint8Array.of(0, 0, 0, status & 0xff, status >> 8, 0, 0));
}

/** An error as the server sends it; `sqlState` has five characters. */
export function errorPacket(sequence: number, errno: number, sqlState: string, message: string): Buffer {
  const text = Buffer.from(`#${sqlState}${message}`, 'utf8');
  return packetOf(sequence, Buffer.concat([Uint8Array.of(0xff, errno & 0xff, errno >> 8), text]));
}

export function commandPacket(command: number, argument = ''): Buffer {
  return packetOf(0, Buffer.concat([Uint8Array.of(command), Buffer.from(argument, 'utf8')]));
}

/** How many bytes a length-encoded integer takes, by its first byte. */
export function lengthOfInteger(first: number): number {
  if (first === 0xfc) return 3;
  if (first === 0xfd) return 4;
  return first === 0xfe ? 9 : 1;
}

/** An integer of `size` bytes; what a packet is too short for is 0. */
export function integerAt(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0;
  for (let index = 0; index < size; index += 1) value += (bytes[offset + index] ?? 0) * 2 ** (8 * index);
  return value;
}

/** What is read of an OK packet. */
export interface Ok {
  readonly status: number;
  readonly setsInsertId: boolean;
  /** Something was left in the session: MySQL sets the flag for a transaction, too, and only says below it what changed. */
  readonly changesSession: boolean;
}

/** The OK packet of `length` bytes that begins at `offset`; all of it need not be there. */
export function readOk(bytes: Uint8Array, offset: number, length: number): Ok {
  const insertId = offset + 1 + lengthOfInteger(bytes[offset + 1] ?? 0);
  const statusAt = insertId + lengthOfInteger(bytes[insertId] ?? 0);
  const status = integerAt(bytes, statusAt, 2);
  const isFlagged = (status & statusFlags.sessionChanged) !== 0;
  const changesSession = isFlagged && saysStateChanged(bytes, statusAt + 4, offset + length);
  return { status, setsInsertId: bytes[insertId] !== 0, changesSession };
}

const stateChange = 2;

/** Of what follows the warnings of an OK packet: its text, and a list of types, each with a text. */
function saysStateChanged(bytes: Uint8Array, text: number, end: number): boolean {
  // Of one so long that it is not all there it is not known.
  if (end > bytes.length) return true;
  let [at] = textAt(bytes, textAt(bytes, text)[1]);
  while (at < end) {
    const [value, next] = textAt(bytes, at + 1);
    if (bytes[at] === stateChange) return bytes[value] === '1'.charCodeAt(0);
    at = next;
  }
  return false;
}

/** Where a length-encoded text begins and ends. */
function textAt(bytes: Uint8Array, offset: number): [from: number, to: number] {
  const prefix = lengthOfInteger(bytes[offset] ?? 0);
  const from = offset + prefix;
  return [from, from + (prefix === 1 ? (bytes[offset] ?? 0) : integerAt(bytes, offset + 1, prefix - 1))];
}
