export interface ConnectionUrl {
  /** The variable that was set, or the one to set. */
  readonly variable: string;
  readonly url: string | undefined;
}

type Kind = 'DATABASE' | 'CACHE';

/**
 * Where the address of a database or cache stands in an environment: `DATABASE_URL` or `PYWATT_DATABASE_DEFAULT_URL` for
 * the default one, `PYWATT_DATABASE_<NAME>_URL` for the others; the same with CACHE.
 */
export function connectionUrl(kind: Kind, name: string, env: NodeJS.ProcessEnv): ConnectionUrl {
  const { variable, value: url } = connectionSetting(kind, name, 'URL', env);
  return { variable, url };
}

/** The variable of a database or cache for one setting, and what it says. */
export function connectionSetting(
  kind: Kind,
  name: string,
  setting: 'URL' | 'PASSWORD_SECRET' | 'SENTINEL_SECRET',
  env: NodeJS.ProcessEnv,
): { readonly variable: string; readonly value: string | undefined } {
  const named = `PYWATT_${kind}_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_${setting}`;
  const variables = name === 'default' ? [`${kind}_${setting}`, named] : [named];
  const variable = variables.find((candidate) => env[candidate]) ?? variables[0]!;
  return { variable, value: env[variable] || undefined };
}
