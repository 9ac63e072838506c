import { checkSecretName } from '../secret-name.js';
import type { SecretProvider } from './secret-provider.js';

export interface EnvSecretProviderOptions {
  /** Default `PYWATT_SECRET_`. */
  readonly prefix?: string;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Not secrets, although they begin as secrets do by default. */
const settings = ['CACHE_TTL', 'ROTATION_INTERVAL', 'MAX_CACHE_SIZE', 'ENABLE_ROTATION'].map(
  (name) => `PYWATT_SECRET_${name}`,
);

/**
 * Secrets in environment variables: `stripe-key` is `PYWATT_SECRET_STRIPE_KEY` (upper case, anything but letters and
 * digits as `_`). Read-only, since a changed variable would be gone at the next start.
 */
export class EnvSecretProvider implements SecretProvider {
  readonly name: string;
  readonly #prefix: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor({ prefix = 'PYWATT_SECRET_', env = process.env }: EnvSecretProviderOptions = {}) {
    this.name = `env ${prefix}*`;
    this.#prefix = prefix;
    this.#env = env;
  }

  placesOf(name: string): readonly string[] {
    return [this.#variable(name)];
  }

  async get(name: string): Promise<string | undefined> {
    checkSecretName(name);
    return this.#env[this.#variable(name)] || undefined;
  }

  canWrite(name: string): Promise<string> {
    return Promise.resolve(
      `it comes from the environment variable ${this.#variable(name)}, which cannot be changed for good from here; move it to a directory of secret files (secrets: - file: ./secrets)`,
    );
  }

  list(): Promise<readonly string[]> {
    const variables = Object.keys(this.#env).filter(
      (variable) => variable.startsWith(this.#prefix) && !settings.includes(variable) && this.#env[variable],
    );
    return Promise.resolve(variables.map((variable) => variable.slice(this.#prefix.length)).sort());
  }

  #variable(name: string): string {
    return this.#prefix + name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  }
}
