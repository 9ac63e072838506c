import { IsBoolean, IsOptional } from 'class-validator';
import { type Duration, isJsonObject, ValueError } from '../../foundation/index.js';
import { nameMistake } from '../../secrets/index.js';
import { parseCount, parseText, parseTexts, parseWait } from './config-values.js';
import { Parses } from './parses.js';

/** One item of `secrets`: exactly one of the keys. */
export class SecretSourceEntry {
  @IsOptional() @Parses(parsePlace) file?: unknown;
  @IsOptional() @Parses(parseText) env?: string;
  @IsOptional() @Parses(parsePlace) dotenv?: unknown;
  @IsOptional() @Parses(parsePlace) store?: unknown;
  @IsOptional() @Parses(parseTexts) memory?: Record<string, string>;
}

export class FilesEntry {
  @Parses(parseText) path!: string;
  @IsOptional() @Parses(parseWait) poll?: Duration;
}

export class DotenvEntry extends FilesEntry {
  @IsOptional() @IsBoolean({ message: 'must be true or false' }) production?: boolean;
}

export class StoreEntry extends FilesEntry {
  @IsOptional() @Parses(parseText) keyFile?: string;
  @IsOptional() @Parses(parseText) passphraseFile?: string;
  @IsOptional() @Parses(parseDescriptor) passphraseFd?: number;
  @IsOptional() @Parses(parseCount) keep?: number;
}

/** What a module may do with a secret. */
export type SecretAccess = 'read' | 'write';

/** `[STRIPE_KEY, { name: TOKEN, access: write }]`: what may be done with each. Throws `ValueError`. */
export function parseSecretGrants(value: unknown): Map<string, SecretAccess> {
  if (!Array.isArray(value)) throw new ValueError('must be a list of names');
  const grants = new Map<string, SecretAccess>();
  for (const item of value as unknown[]) {
    const { name, access } = toGrant(item);
    const mistake = nameMistake(name);
    if (mistake !== undefined) throw new ValueError(mistake);
    if (grants.has(name)) throw new ValueError(`lists '${name}' twice`);
    grants.set(name, access);
  }
  return grants;
}

function toGrant(item: unknown): { name: string; access: SecretAccess } {
  if (typeof item === 'string') return { name: item, access: 'read' };
  const { name, access = 'read', ...rest } = isJsonObject(item) ? item : {};
  if (typeof name !== 'string' || Object.keys(rest).length > 0)
    throw new ValueError('must be a list of names, or of { name: TOKEN, access: write }');
  if (access !== 'read' && access !== 'write')
    throw new ValueError(`access of '${name}' must be read or write, not ${JSON.stringify(access)}`);
  return { name, access };
}

function parsePlace(value: unknown): unknown {
  return isJsonObject(value) ? value : parseText(value);
}

/** Of a process: 0 to 2 are taken. Throws `ValueError`. */
function parseDescriptor(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 3 && value < 65_536) return value;
  throw new ValueError('must be the number of an open file descriptor, 3 or more');
}
