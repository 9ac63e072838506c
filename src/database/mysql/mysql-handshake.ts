import { randomBytes } from 'node:crypto';
import type { SessionParameters } from '../relay/relay-engine.js';
import { lengthOfInteger, packetOf, statusFlags } from './mysql-packets.js';

/**
 * Capabilities that change what the bytes after login mean or how statements behave, by the names mysql2 gives them. The
 * module's driver chooses among them, and its backends are logged in with exactly these.
 */
const sessionFlags: Readonly<Record<string, number>> = {
  FOUND_ROWS: 0x2,
  LONG_FLAG: 0x4,
  NO_SCHEMA: 0x10,
  ODBC: 0x40,
  IGNORE_SPACE: 0x100,
  INTERACTIVE: 0x400,
  IGNORE_SIGPIPE: 0x1000,
  MULTI_STATEMENTS: 0x1_00_00,
  MULTI_RESULTS: 0x2_00_00,
  PS_MULTI_RESULTS: 0x4_00_00,
  SESSION_TRACK: 0x80_00_00,
};

/** Never agreed: they would let the server read files of the module, or change the framing. */
const refusedFlags = ['LOCAL_FILES', 'COMPRESS', 'CLIENT_QUERY_ATTRIBUTES'];

/** What the login itself needs. LONG_PASSWORD is the server's: MariaDB leaves it out to say that it has extensions. */
const longPassword = 0x1;
const connectWithDatabase = 0x8;
const protocol41 = 0x200;
const reserved = 0x40_00;
const transactions = 0x20_00;
const secureConnection = 0x80_00;
const pluginAuthentication = 0x8_00_00;
const connectAttributes = 0x10_00_00;
const lengthEncodedToken = 0x20_00_00;
const required = protocol41 | transactions | secureConnection;
const loginFlags =
  required |
  longPassword |
  connectWithDatabase |
  reserved |
  pluginAuthentication |
  connectAttributes |
  lengthEncodedToken;

/** MariaDB's description of column types in column definitions, its only extension that mysql2 knows. */
const extendedMetadata = 0x8;

/** What a server says of itself before login. */
export interface ServerGreeting {
  readonly version: string;
  readonly capabilities: number;
  readonly extendedCapabilities: number;
  readonly collation: number;
}

/** With the `sql_mode` that sessions begin in. */
export interface RelayedGreeting extends ServerGreeting {
  readonly sqlMode: string;
}

/** Reads a greeting; undefined when the packet is none that this protocol knows, such as an error. */
export function parseGreeting(payload: Buffer): ServerGreeting | undefined {
  const end = payload.indexOf(0, 1);
  if (payload[0] !== 10 || end < 0 || payload.length < end + 32) return undefined;
  const at = end + 1;
  const capabilities = (payload.readUInt16LE(at + 13) | (payload.readUInt16LE(at + 18) << 16)) >>> 0;
  return {
    version: payload.toString('latin1', 1, end),
    capabilities,
    extendedCapabilities: (capabilities & longPassword) === 0 ? payload.readUInt32LE(at + 27) : 0,
    collation: payload[at + 15] ?? 0,
  };
}

/** The greeting as the orchestrator's own driver shall see it: mysql2 takes MariaDB's extensions whenever they are offered. */
export function limitGreeting(packet: Buffer, parameters: SessionParameters): void {
  const greeting = parseGreeting(packet.subarray(4));
  if (greeting === undefined || greeting.extendedCapabilities === 0) return;
  const wanted = parameters['extended_metadata'] === '1' ? extendedMetadata : 0;
  packet.writeUInt32LE(greeting.extendedCapabilities & wanted, packet.indexOf(0, 5) + 28);
}

/** What the relay says to the module's driver: the server's greeting, with only what can be relayed. */
export function localGreeting(greeting: ServerGreeting, threadId: number): Buffer {
  const offered = greeting.capabilities & (allSessionFlags | loginFlags);
  const scramble = randomBytes(20).map((byte) => (byte & 0x7f) | 1);
  const fixed = Buffer.alloc(32);
  fixed.writeUInt32LE(threadId, 0);
  fixed.set(scramble.subarray(0, 8), 4);
  fixed.writeUInt16LE(offered & 0xff_ff, 13);
  fixed[15] = greeting.collation;
  fixed.writeUInt16LE(statusFlags.autocommit, 16);
  fixed.writeUInt16LE(offered >>> 16, 18);
  fixed[20] = 21;
  fixed.writeUInt32LE(greeting.extendedCapabilities & extendedMetadata, 27);
  return packetOf(
    0,
    Buffer.concat([
      Uint8Array.of(10),
      Buffer.from(`${greeting.version}\0`, 'latin1'),
      fixed.subarray(0, 31),
      scramble.subarray(8),
      Buffer.from('\0mysql_native_password\0', 'latin1'),
    ]),
  );
}

/** What the module's driver asked for at login; a text says why it cannot be had. */
export function parseLogin(payload: Buffer): { parameters: SessionParameters; database: string } | string {
  if (payload.length < 33) return 'TLS to the orchestrator is not offered: leave `ssl` out of the options';
  const flags = payload.readUInt32LE(0);
  if ((flags & required) !== required) return 'the protocol of MySQL 4.1 with status flags is needed';
  const extended = (flags & longPassword) === 0 && (payload.readUInt32LE(28) & extendedMetadata) !== 0;
  const names = Object.entries(sessionFlags).filter(([, flag]) => (flags & flag) !== 0);
  return {
    parameters: {
      collation: String(payload[8]),
      flags: names.map(([name]) => name).join(),
      extended_metadata: extended ? '1' : '0',
    },
    database: (flags & connectWithDatabase) === 0 ? '' : databaseOf(payload, flags),
  };
}

function databaseOf(payload: Buffer, flags: number): string {
  const userEnd = payload.indexOf(0, 32);
  if (userEnd < 0) return '';
  const tokenAt = userEnd + 1;
  const first = payload[tokenAt] ?? 0;
  const prefix = (flags & lengthEncodedToken) === 0 ? 1 : lengthOfInteger(first);
  const length = prefix === 1 ? first : payload.readUIntLE(tokenAt + 1, Math.min(prefix - 1, 3));
  const start = tokenAt + prefix + length;
  const end = payload.indexOf(0, start);
  return end < 0 ? '' : payload.toString('utf8', start, end);
}

/** The options with which mysql2 logs in as `parameters` say; whatever they do not name is off. */
export function loginOptions(parameters: SessionParameters): { flags: string[]; charsetNumber: number } {
  const chosen = new Set((parameters['flags'] ?? defaultFlags).split(','));
  return {
    flags: [
      ...Object.keys(sessionFlags).map((name) => (chosen.has(name) ? name : `-${name}`)),
      ...refusedFlags.map((name) => `-${name}`),
    ],
    charsetNumber: Number(parameters['collation'] ?? 45),
  };
}

const allSessionFlags = Object.values(sessionFlags).reduce((all, flag) => all | flag, 0);
const defaultFlags = 'FOUND_ROWS,LONG_FLAG,ODBC,IGNORE_SPACE,IGNORE_SIGPIPE,MULTI_RESULTS,SESSION_TRACK';
