/**
 * JSON as the wire carries it: integers of 64 bits that a number cannot hold stand as bigint, bytes as they are. Bytes
 * travel beside the text where the channel can carry them, else as base64 text: readers of bytes take both.
 */
export type WireJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly WireJson[]
  | { readonly [key: string]: WireJson };
export type WireObject = { readonly [key: string]: WireJson };

export function isWireObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** How deep objects and arrays may stand in each other; Rust peers refuse the level after it. */
export const maxNesting = 127;

/**
 * Whether `JSON.parse` and `JSON.stringify` keep the value as it is: they know no integers beyond 2^53, no bytes, and no
 * limit on nesting. What they do not keep is read and written by our own code, which is slower and decides what is an
 * error.
 */
export function suitsPlainJson(value: unknown, levels = maxNesting): boolean {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint';
  if (levels === 0 || value instanceof Uint8Array) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (!isShort(item) && !suitsPlainJson(item, levels - 1)) return false;
    return true;
  }
  for (const key in value) {
    const member: unknown = value[key as keyof typeof value];
    if (!isShort(member) && !suitsPlainJson(member, levels - 1)) return false;
  }
  return true;
}

/** Nothing to look into, so worth no call: text, a boolean, or the bytes and counts that most numbers are. */
function isShort(value: unknown): boolean {
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && value === (value | 0))
  );
}
