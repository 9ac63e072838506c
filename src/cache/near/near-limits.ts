import { didYouMean, isJsonObject, parseByteSize, ValueError } from '../../foundation/index.js';
import { entryOverheadBytes } from '../memory/cache-entry.js';

/** What one module may keep of one cache in its own memory. */
export interface NearLimits {
  /** The bound on keys, values and the overhead of each entry. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** The modules that may keep entries of one cache near. */
export interface NearGrants {
  /** By the id of the module. */
  readonly modules: ReadonlyMap<string, NearLimits>;
  /** Whether one of them may have been the module of an orchestrator before this one, whose leases may still run. */
  readonly mayOutlive: boolean;
}

/** The same as configuration writes it. */
export interface NearLimitsInput {
  /** In bytes or as `'1mb'`, the default. */
  readonly max?: string | number | undefined;
  /** Default 1000. */
  readonly maxEntries?: number | undefined;
}

const defaultLimits = { max: '1mb', maxEntries: 1_000 };

/**
 * How long a module may answer from its own memory after it has asked, and so how long a write waits at most for one
 * that confirms nothing, and how long a write past this orchestrator may stay unseen.
 */
export const leaseMs = 2_000;

/** `true` or `{ max: '1mb', maxEntries: 1000 }`. Throws `ValueError` that begins with `what`. */
export function parseNearLimits(value: unknown, what: string): NearLimits {
  if (value !== true && !isJsonObject(value))
    throw new ValueError(`${what} is ${JSON.stringify(value)}; write true or { max: 1mb, maxEntries: 1000 }`);
  const limits: Record<string, unknown> = value === true ? {} : value;
  const known = Object.keys(defaultLimits);
  const unknown = Object.keys(limits).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new ValueError(
      `${what} has no '${unknown}'${didYouMean(unknown, known) || `: it has ${known.join(' and ')}`}`,
    );
  const { max, maxEntries } = { ...defaultLimits, ...limits };
  const maxBytes = parseByteSize(max, `${what}: max`);
  if (maxBytes <= entryOverheadBytes)
    throw new ValueError(`${what}: max is ${maxBytes} bytes, but every entry takes ${entryOverheadBytes}; write 1mb`);
  if (Number.isSafeInteger(maxEntries) && maxEntries > 0) return { maxBytes, maxEntries };
  throw new ValueError(`${what}: maxEntries is ${JSON.stringify(maxEntries)}; write a whole number above 0`);
}
