import { WireError } from '../../foundation/index.js';
import { isWireObject, type WireJson } from './wire-json.js';

/** Which member of a message says where the bytes beside it belong: `[[path, length], …]`, in the order of the bytes. Of an array it is the last value. */
export const bytesMember = 'raw';

type Path = readonly (string | number)[];

/** Collects the bytes of a message while it is written. */
export interface BytesAside {
  /** Where the writer is now. */
  readonly path: (string | number)[];
  readonly places: (readonly [Path, number])[];
  readonly bytes: Uint8Array[];
}

/**
 * Puts the bytes that came beside a message where they belong, in place of the nulls there. They are views: nothing is
 * copied. Throws `WireError` MESSAGE_INVALID when places and bytes do not fit together.
 */
export function putBytesBack(message: WireJson, bytes: Buffer): void {
  const places = placesIn(message);
  if (!Array.isArray(places)) throw misplaced('it does not say where they belong');
  let start = 0;
  for (const place of places as WireJson[]) {
    const [path, length] = Array.isArray(place) ? (place as WireJson[]) : [];
    if (!Array.isArray(path) || typeof length !== 'number' || !Number.isInteger(length) || length < 0)
      throw misplaced('a place is no path with a length');
    if (start + length > bytes.length) throw misplaced(`they are ${bytes.length}, fewer than it says`);
    put(message, path as WireJson[], bytes.subarray(start, start + length));
    start += length;
  }
  if (start !== bytes.length) throw misplaced(`they are ${bytes.length}, and it says ${start}`);
}

function placesIn(message: WireJson): WireJson | undefined {
  if (Array.isArray(message)) return (message as WireJson[]).at(-1);
  return isWireObject(message) ? message[bytesMember] : undefined;
}

/** Only where the text has a null of its own: a path never makes a member, nor reaches what the message inherits. */
function put(message: WireJson, path: readonly WireJson[], bytes: Buffer): void {
  let holder: unknown = message;
  for (const key of path.slice(0, -1)) holder = ownMember(holder, key);
  const last = path.at(-1);
  if (ownMember(holder, last) !== null) throw misplaced('a place is not empty');
  Object.defineProperty(holder, last as string, { value: bytes, enumerable: true, configurable: true, writable: true });
}

function ownMember(holder: unknown, key: WireJson | undefined): unknown {
  const isKey = typeof key === 'string' || typeof key === 'number';
  if (!isKey || typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key))
    throw misplaced('a place does not exist');
  return (holder as Record<string | number, unknown>)[key];
}

function misplaced(why: string): WireError {
  return new WireError('MESSAGE_INVALID', `the bytes beside a message do not belong to it: ${why}`);
}
