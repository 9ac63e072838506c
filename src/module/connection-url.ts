export interface ConnectionUrl {
  /** The variable that was set, or the one to set. */
  readonly variable: string;
  readonly url: string | undefined;
}

/**
 * Where the address of a database or cache stands in an environment: `DATABASE_URL` or `PYWATT_DATABASE_DEFAULT_URL` for
 * the default one, `PYWATT_DATABASE_<NAME>_URL` for the others; the same with CACHE.
 */
export function connectionUrl(kind: 'DATABASE' | 'CACHE', name: string, env: NodeJS.ProcessEnv): ConnectionUrl {
  const named = `PYWATT_${kind}_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_URL`;
  const variables = name === 'default' ? [`${kind}_URL`, named] : [named];
  const variable = variables.find((candidate) => env[candidate]) ?? variables[0]!;
  return { variable, url: env[variable] || undefined };
}
