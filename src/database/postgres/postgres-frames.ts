import type { SessionParameters } from '../relay/relay-engine.js';

/** The frames of PostgreSQL's protocol, version 3, that the relay reads and writes itself. */
export const protocolVersion = 0x0003_0000;
export const cancelRequest = 80_877_102;
export const tlsRequest = 80_877_103;
export const gssRequest = 80_877_104;

/** The type of a frame, as a number. */
export function frameType(letter: string): number {
  return letter.charCodeAt(0);
}

export function frame(letter: string, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(5 + body.byteLength);
  bytes[0] = frameType(letter);
  bytes.writeInt32BE(4 + body.byteLength, 1);
  bytes.set(body, 5);
  return bytes;
}

export interface ErrorFields {
  readonly severity: 'ERROR' | 'FATAL';
  readonly sqlState: string;
  readonly message: string;
  /** Of those that `otherFields` gives. */
  readonly others?: Readonly<Record<string, string>>;
}

export function errorResponse({ severity, sqlState, message, others = {} }: ErrorFields): Buffer {
  const text = message.replaceAll('\0', ' ');
  const rest = Object.entries(others).map(([name, value]) => `${otherLetters[name]}${value}\0`);
  return frame('E', Buffer.from(`S${severity}\0V${severity}\0C${sqlState}\0M${text}\0${rest.join('')}\0`));
}

/** What an error of a server may have beside its message, by pg's names. */
const otherLetters: Readonly<Record<string, string>> = {
  detail: 'D',
  hint: 'H',
  where: 'W',
  file: 'F',
  line: 'L',
  routine: 'R',
};

/** Of an error that pg made of one of the server. */
export function otherFields(error: object): Record<string, string> {
  const known = Object.entries(error).filter(([name]) => Object.hasOwn(otherLetters, name));
  return Object.fromEntries(known.filter(([, value]) => typeof value === 'string'));
}

/** `I` when no transaction is open, `T` in one, `E` in one that failed. */
export function readyFor(status: string): Buffer {
  return frame('Z', Buffer.from(status));
}

export const readyWhenIdle = readyFor('I');

export const sync = frame('S', Buffer.alloc(0));

export const terminate = frame('X', Buffer.alloc(0));

export function query(sql: string): Buffer {
  return frame('Q', Buffer.from(`${sql}\0`));
}

/** The answer to a login that needs no password: the settings of the session, and what to name when cancelling. */
export function loginAnswer(settings: Iterable<readonly [string, string]>, processId: number, secret: number): Buffer {
  return Buffer.concat([
    frame('R', Buffer.alloc(4)),
    ...[...settings].map(([name, value]) => frame('S', Buffer.from(`${name}\0${value}\0`))),
    backendKey(processId, secret),
    readyWhenIdle,
  ]);
}

/** Which process answers, as notifications name it, and what to name when cancelling. */
export function backendKey(processId: number, secret: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeInt32BE(processId, 0);
  key.writeInt32BE(secret, 4);
  return frame('K', key);
}

/** The parameters of a startup message, by lower-case name. */
export function startupParameters(body: Buffer): SessionParameters {
  const texts = body.toString('utf8').split('\0');
  const parameters: [string, string][] = [];
  for (let at = 0; at + 1 < texts.length && texts[at] !== ''; at += 2)
    parameters.push([texts[at]!.toLowerCase(), texts[at + 1]!]);
  return Object.fromEntries(parameters);
}
