import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../../foundation/index.js';
import type { CacheSettings } from '../cache-settings.js';

/** PEM texts. */
export interface RedisTls {
  /** Trusted instead of the system's authorities. */
  readonly ca?: string;
  /** What shows the servers who this client is. */
  readonly cert?: string;
  readonly key?: string;
}

/** By the names of files in a url. */
export const tlsParameters = ['ca', 'cert', 'key'] as const;

/** Undefined for a connection without TLS. Throws CacheError CONFIGURATION for files that cannot be used. */
export function redisTls(settings: CacheSettings): RedisTls | undefined {
  const named = tlsParameters.filter((parameter) => settings.text(parameter) !== undefined);
  if (!settings.scheme.startsWith('rediss')) {
    if (named.length === 0) return undefined;
    throw settings.mistake(`${named.join(', ')} is for TLS; write the url with 'rediss:'`);
  }
  const isPair = named.includes('cert') === named.includes('key');
  if (!isPair) throw settings.mistake('cert and key go together: name both files');
  const tls: RedisTls = Object.fromEntries(named.map((parameter) => [parameter, textOf(parameter, settings)]));
  try {
    createSecureContext(tls);
    // A ca that is none is otherwise silently left out.
    if (tls.ca !== undefined) void new X509Certificate(tls.ca);
  } catch (error) {
    const needed = named.includes('key') ? 'PEM, and a key of that cert without a passphrase' : 'PEM';
    throw settings.mistake(`its ${named.join(', ')} cannot be used (needed: ${needed}): ${messageOf(error)}`, error);
  }
  return tls;
}

function textOf(parameter: string, settings: CacheSettings): string {
  try {
    return readFileSync(settings.text(parameter)!, 'utf8');
  } catch (error) {
    throw settings.mistake(`its ${parameter} cannot be read: ${messageOf(error)}`, error);
  }
}
