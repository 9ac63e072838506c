import { isJsonObject } from '../foundation/index.js';
import type { ServiceType, WireJson } from '../wire/index.js';
import type { SecretReadMode } from './providers/secret-provider.js';
import { checkedValue } from './checked-value.js';
import { SecretError } from './secret-error.js';
import type { SecretsChanged, SecretsHeard } from './secret-changes.js';
import { checkSecretName } from './secret-name.js';

/** The service through which a module of ours writes and lists secrets; plain modules only read, with `get_secret`. */
export const secretService: ServiceType = { Custom: 'pywatt:secrets' };

/** What each operation is called with and answers. */
export interface SecretCalls {
  readonly get: { params: { name: string; mode: SecretReadMode }; result: { value: string; version: string } | null };
  readonly set: { params: { name: string; value: string }; result: null };
  readonly delete: { params: { name: string }; result: { deleted: boolean } };
  readonly list: { params: Record<string, never>; result: { names: string[] } };
  /**
   * Answered when secrets that may be read have changed since what was `heard` before, else after `waitMs`; `names` is
   * null when all may have.
   */
  readonly watch: {
    params: { heard: SecretsHeard | null; waitMs: number };
    result: SecretsHeard & { names: string[] | null };
  };
}

export type SecretOperation = keyof SecretCalls;
export const secretOperations = ['get', 'set', 'delete', 'list', 'watch'] as const satisfies readonly SecretOperation[];

const longestWaitMs = 60_000;

/** The name in the params of an operation. Throws `SecretError` INVALID. */
export function nameIn(params: WireJson): string {
  const name = isJsonObject(params) ? params['name'] : undefined;
  if (typeof name !== 'string') throw new SecretError('INVALID', 'the operation needs the name of a secret');
  checkSecretName(name);
  return name;
}

export function valueIn(name: string, params: WireJson): string {
  const value = isJsonObject(params) ? params['value'] : undefined;
  return checkedValue(name, value);
}

export function modeIn(params: WireJson): SecretReadMode {
  const mode = isJsonObject(params) ? params['mode'] : undefined;
  return mode === 'remote' || mode === 'cache' ? mode : 'cache-then-remote';
}

/** Where somebody who watches was told to go on; undefined where the json says no such thing. */
export function heardIn(json: WireJson): SecretsHeard | undefined {
  if (!isJsonObject(json)) return undefined;
  const { epoch, revision } = json;
  return typeof epoch === 'string' && typeof revision === 'number' ? { epoch, revision } : undefined;
}

/** How long a watch waits, at most a minute. */
export function waitMsIn(params: WireJson): number {
  const waitMs = isJsonObject(params) ? params['waitMs'] : undefined;
  return typeof waitMs === 'number' && waitMs > 0 ? Math.min(waitMs, longestWaitMs) : 0;
}

/** The answer to a watch; undefined when it is none. */
export function changedIn(answer: WireJson): SecretsChanged | undefined {
  const heard = heardIn(answer);
  const names: unknown = isJsonObject(answer) ? answer['names'] : undefined;
  return heard && { ...heard, names: Array.isArray(names) ? names.filter(isText) : undefined };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
