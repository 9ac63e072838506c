import { constants } from 'node:buffer';
import { durationMs, longestTimerMs, parseByteSize, ValueError } from '../../foundation/index.js';
import { splitCommand } from './split-command.js';
import { type GrantKind, grantKinds, type JwtGrant } from './grants.js';
import { isServiceId } from '../../services/index.js';

// The forms of single values in a configuration. Each function returns what the value means or throws `ValueError`.

const show = (value: unknown): string => JSON.stringify(value) ?? String(value);

export function parseText(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') throw new ValueError('must be text that is not empty');
  return value;
}

export function parseCommand(value: unknown): string[] {
  if (typeof value === 'string') return splitCommand(value);
  if (!Array.isArray(value) || !value[0] || !value.every((word) => typeof word === 'string')) {
    throw new ValueError("must be a line such as 'node dist/main.js', or a list of the program and its arguments");
  }
  return value;
}

/** Timers count to 2^31 - 1 ms and no further. */
export function parseDuration(value: unknown): number {
  const isDuration = typeof value === 'string' || (typeof value === 'object' && value !== null);
  if (!isDuration) throw new ValueError(`${show(value)} is not a duration: write '250ms', '5s', '10m' or '1h'`);
  const ms = durationMs(value, '');
  if (ms > longestTimerMs) throw new ValueError(`${show(value)} is too long: at most 24d`);
  return ms;
}

/** A duration that is not 0. */
export function parseWait(value: unknown): number {
  const ms = parseDuration(value);
  if (ms < 1) throw new ValueError(`${show(value)} is too short: at least 1ms`);
  return ms;
}

export function parseSize(value: unknown): number {
  if (typeof value === 'string' || typeof value === 'number') return parseByteSize(value, '');
  throw new ValueError(`${show(value)} is not a size: write '10mb', '512kb' or a number of bytes`);
}

const mebibyte = 1024 ** 2;
/** A message is read as one text, and no text here can be longer. */
const longestTextMb = Math.floor(constants.MAX_STRING_LENGTH / mebibyte);

export function parseLineSize(value: unknown): number {
  const bytes = parseSize(value);
  if (bytes <= longestTextMb * mebibyte) return bytes;
  throw new ValueError(`${show(value)} is too long: at most ${longestTextMb}mb; stream what is longer`);
}

export function parseCount(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new ValueError(`${show(value)} is not a count: write a whole number above 0`);
}

/** Of messages: the protocol's own take some levels, and Rust peers read no more than 127. */
export function parseNesting(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 16 && value <= 127) return value;
  throw new ValueError(`${show(value)} is not a depth: write a whole number from 16 to 127`);
}

/** Variables of a process. */
export function parseEnvironment(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ValueError('must map names of variables to values, such as { LOG_LEVEL: debug }');
  }
  const variables: Record<string, string> = {};
  for (const [name, item] of Object.entries(value)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new ValueError(`${show(name)} is not a name of a variable`);
    if (name === 'PYWATT_MODULE_ID') throw new ValueError(`${name} is set by the orchestrator: remove it`);
    if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean') {
      throw new ValueError(`${name} must be text, a number, true or false`);
    }
    if (String(item).includes('\0')) throw new ValueError(`${name} must not contain a NUL character`);
    variables[name] = String(item);
  }
  return variables;
}

/** `[default, reports]` or `{ default: proxied, reports: direct }`. */
export function parseGrants(value: unknown): Map<string, GrantKind> {
  if (Array.isArray(value)) return new Map(parseNames(value).map((name) => [name, 'proxied']));
  if (typeof value !== 'object' || value === null) {
    throw new ValueError('must be a list of names, such as [default], or a mapping, such as { default: direct }');
  }
  for (const [name, kind] of Object.entries(value)) {
    if (!(grantKinds as readonly unknown[]).includes(kind)) {
      throw new ValueError(`${name} must be ${grantKinds.join(' or ')}, not ${show(kind)}`);
    }
  }
  return new Map(Object.entries(value as Record<string, GrantKind>));
}

/** `true`, `false`, or `verify` for a module that signs no tokens. */
export function parseJwtGrant(value: unknown): JwtGrant | undefined {
  if (value === false) return undefined;
  if (value === true || value === 'verify') return value === true ? 'sign' : value;
  throw new ValueError(`${show(value)} is no grant of tokens: write true, verify or false`);
}

/** One name or a list of them. */
export function parseAudience(value: unknown): string | string[] {
  return typeof value === 'string' ? parseText(value) : parseNames(value);
}

export function parseNames(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string' && name !== '')) {
    throw new ValueError('must be a list of names');
  }
  const twice = value.find((name, index) => value.indexOf(name) !== index);
  if (twice !== undefined) throw new ValueError(`lists '${twice}' twice`);
  return value as string[];
}

export function parseServiceIds(value: unknown): string[] {
  const ids = parseNames(value);
  const wrong = ids.find((id) => !isServiceId(id));
  if (wrong === undefined) return ids;
  throw new ValueError(`${show(wrong)} is not an id of a service: use a-z, 0-9 and -, and begin with a letter`);
}

/** `{ secret: DB_PASSWORD }`: its name. What stands there instead may be the secret itself, so no message repeats it. */
export function parseSecretReference(value: unknown): string {
  const isReference = typeof value === 'object' && value !== null && Object.keys(value).join() === 'secret';
  const name: unknown = isReference && 'secret' in value ? value.secret : undefined;
  if (typeof name === 'string' && /^[\w.-]+$/.test(name)) return name;
  throw new ValueError(
    'must name a secret, such as { secret: DB_PASSWORD }: passwords do not stand in a configuration',
  );
}

export function parseTexts(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null || !Object.values(value).every((text) => typeof text === 'string')) {
    throw new ValueError('must map names to text');
  }
  return value as Record<string, string>;
}
