import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { messageOf } from '../../foundation/index.js';
import type { CacheSettings } from '../cache-settings.js';
import { SeldomLog } from '../seldom-log.js';

export interface RedisTls {
  /** What the files say now: ioredis asks for it with every connection. The system's authorities where no file is named. */
  readonly secureContext?: SecureContext;
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
  if (named.length === 0) return {};
  const files = named.map((parameter) => [parameter, resolve(settings.text(parameter)!)] as const);
  const failures = new SeldomLog(settings.logger, 'files for TLS of a cache cannot be used; what was read before is');
  let latest = contextOf(files, settings);
  return {
    get secureContext() {
      try {
        latest = contextOf(files, settings);
      } catch (error) {
        // Somebody may be at writing them.
        failures.happened({ cache: settings.name, error: messageOf(error) });
      }
      return latest;
    },
  };
}

type NamedFile = readonly [parameter: (typeof tlsParameters)[number], path: string];

function contextOf(files: readonly NamedFile[], settings: CacheSettings): SecureContext {
  const named = files.map(([parameter]) => parameter);
  const texts: Partial<Record<NamedFile[0], string>> = Object.fromEntries(
    files.map(([parameter, path]) => [parameter, textOf(parameter, path, settings)]),
  );
  try {
    // A ca that is none is otherwise silently left out.
    if (texts.ca !== undefined) void new X509Certificate(texts.ca);
    return createSecureContext(texts);
  } catch (error) {
    const needed = named.includes('key') ? 'PEM, and a key of that cert without a passphrase' : 'PEM';
    throw settings.mistake(`its ${named.join(', ')} cannot be used (needed: ${needed}): ${messageOf(error)}`, error);
  }
}

function textOf(parameter: string, path: string, settings: CacheSettings): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw settings.mistake(`its ${parameter} cannot be read: ${messageOf(error)}`, error);
  }
}
