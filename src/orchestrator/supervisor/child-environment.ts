import type { ModuleConfig } from '../config/orchestrator-config.js';

/**
 * What a module inherits of the orchestrator's environment. Everything else stays behind, above all `PYWATT_SECRET_*`,
 * `DATABASE_URL` and other credentials; a module gets what its `env` names.
 */
export const inheritedVariables = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  'NODE_ENV',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

/** The whole environment of a module's process, without the variables named. */
export function childEnvironment(
  config: ModuleConfig,
  own: NodeJS.ProcessEnv,
  without: readonly string[] = [],
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    const isInherited = (inheritedVariables as readonly string[]).includes(name) || name.startsWith('LC_');
    if (isInherited && value !== undefined) environment[name] = value;
  }
  const all = { ...environment, ...config.env, PYWATT_MODULE_ID: config.id };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
}
