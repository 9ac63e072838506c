import { BootError } from '../foundation/index.js';

export type Environment = 'direct' | 'proxied';
export type EnvironmentOption = Environment | 'auto';

export interface EnvironmentFacts {
  /** The option given to `bootModule` or `runModule`; `direct` and `proxied` win over PYWATT_ENVIRONMENT, `auto` is as none. */
  readonly option?: EnvironmentOption | undefined;
  readonly PYWATT_ENVIRONMENT?: string | undefined;
  readonly PYWATT_MODULE_ID?: string | undefined;
  /** Whether standard input is a terminal, where no init line can come from. */
  readonly stdinIsTerminal: boolean;
}

export interface DetectedEnvironment {
  readonly environment: Environment;
  /** For the boot log and `bindings()`. */
  readonly why: string;
}

/** The facts as this process has them; `env` may stand in for its environment. */
export function environmentFacts(option: EnvironmentOption | undefined, env: NodeJS.ProcessEnv): EnvironmentFacts {
  return {
    option,
    PYWATT_ENVIRONMENT: env['PYWATT_ENVIRONMENT'],
    PYWATT_MODULE_ID: env['PYWATT_MODULE_ID'],
    stdinIsTerminal: process.stdin.isTTY === true,
  };
}

/**
 * Which world the module boots in. Pure: decides from `facts` alone and never falls back from proxied to direct, which
 * would write to some local file in production. Throws CONFIG_INVALID for a word that is none, INIT_TIMEOUT when
 * proxied is detected but standard input is a terminal.
 */
export function detectEnvironment(facts: EnvironmentFacts): DetectedEnvironment {
  const { option, PYWATT_ENVIRONMENT: variable } = facts;
  const moduleId = facts.PYWATT_MODULE_ID || undefined;
  if (option !== undefined && option !== 'auto')
    return { environment: option, why: `the option environment: '${option}'` };
  if (variable === 'direct' || variable === 'proxied') {
    return { environment: variable, why: `PYWATT_ENVIRONMENT=${variable}` };
  }
  if (variable && !['direct', 'proxied', 'auto'].includes(variable)) {
    throw new BootError(
      'CONFIG_INVALID',
      `PYWATT_ENVIRONMENT is '${variable}'; write direct, proxied or auto, or unset it`,
    );
  }
  if (moduleId === undefined) return { environment: 'direct', why: 'PYWATT_MODULE_ID is not set' };
  if (facts.stdinIsTerminal) {
    throw new BootError(
      'INIT_TIMEOUT',
      `PYWATT_MODULE_ID is '${moduleId}', so an orchestrator should be on standard input, but that is a terminal. ` +
        'Start the module with `pywatt run`, or unset PYWATT_MODULE_ID (or set PYWATT_ENVIRONMENT=direct) to run it by itself.',
    );
  }
  return { environment: 'proxied', why: `PYWATT_MODULE_ID=${moduleId}` };
}
