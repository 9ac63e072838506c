import { BootError, type Duration, durationMs, longestTimerMs } from '../foundation/index.js';

/** What the variables PYWATT_SECRET_* say about how secrets are read, as the other SDKs understand them. */
export interface SecretSettings {
  /** PYWATT_SECRET_CACHE_TTL: how long an answer of a far place counts. Default 15 minutes. */
  readonly ttl: Duration;
  /** PYWATT_SECRET_MAX_CACHE_SIZE: how many answers are remembered. Default 1000. */
  readonly max: number;
  /** PYWATT_SECRET_ROTATION_INTERVAL: how often places are looked at. Default: as each of them does. */
  readonly pollMs: number | undefined;
  /** PYWATT_SECRET_ENABLE_ROTATION: whether changes are looked for at all. Default true. */
  readonly watches: boolean;
}

/** Throws `BootError` CONFIG_INVALID, naming the variable. */
export function secretSettings(env: NodeJS.ProcessEnv): SecretSettings {
  return {
    ttl: { milliseconds: timeOf('PYWATT_SECRET_CACHE_TTL', env) ?? 900_000 },
    max: countOf('PYWATT_SECRET_MAX_CACHE_SIZE', env) ?? 1_000,
    pollMs: timeOf('PYWATT_SECRET_ROTATION_INTERVAL', env),
    watches: truthOf('PYWATT_SECRET_ENABLE_ROTATION', env) ?? true,
  };
}

/** Seconds, as the other SDKs write them, or a duration such as `5m`. */
function timeOf(variable: string, env: NodeJS.ProcessEnv): number | undefined {
  const text = env[variable]?.trim();
  if (!text) return undefined;
  try {
    const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : durationMs(text);
    if (ms >= 1 && ms <= longestTimerMs) return ms;
  } catch {
    // Said below.
  }
  throw invalid(variable, text, "a number of seconds above 0, or a duration such as '5m'");
}

function countOf(variable: string, env: NodeJS.ProcessEnv): number | undefined {
  const text = env[variable]?.trim();
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw invalid(variable, text, 'a whole number above 0');
}

function truthOf(variable: string, env: NodeJS.ProcessEnv): boolean | undefined {
  const text = env[variable]?.trim().toLowerCase();
  if (!text) return undefined;
  if (['true', '1', 'yes', 'on'].includes(text)) return true;
  if (['false', '0', 'no', 'off'].includes(text)) return false;
  throw invalid(variable, text, 'true or false');
}

function invalid(variable: string, text: string, expected: string): BootError {
  return new BootError('CONFIG_INVALID', `${variable} is '${text}': write ${expected}`);
}
