import { isJsonObject, PyWattError } from '../foundation/index.js';
import {
  changedIn,
  SecretError,
  type SecretOperation,
  type SecretReadOptions,
  type SecretsChanged,
  type SecretsHeard,
  secretService,
  type SecretSource,
  type SourcedSecret,
} from '../secrets/index.js';
import type { ServiceCallOptions, ServiceConnection, WireJson } from '../wire/index.js';
import type { OrchestratorSession } from './orchestrator-session.js';

export interface WatchOptions {
  /** Answered by then even if nothing has changed. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** As long as the rotation that a new value may begin. */
const longestRotationMs = 120_000;
const answerGraceMs = 10_000;

/** The orchestrator's secrets, as far as this module was granted them. It remembers none. */
export class WireSecretSource implements SecretSource {
  readonly #session: OrchestratorSession;
  #writing: Promise<ServiceConnection> | undefined;

  constructor(session: OrchestratorSession) {
    this.#session = session;
  }

  async get(name: string, options: SecretReadOptions = {}): Promise<SourcedSecret | undefined> {
    const { mode, rotationId } = options;
    if (mode === 'cache') return undefined;
    if (mode === 'remote' && this.#session.extensions) return sourced(await this.#call('get', { name, mode }));
    try {
      // A running rotation may hold the answer back; the reader at boot waits longer than that.
      return await this.#session.getSecret(name, {
        ...(rotationId !== undefined && { rotationId }),
        timeoutMs: 60_000,
      });
    } catch (error) {
      const isDenied = PyWattError.is(error) && error.details['code'] === 'ACCESS_DENIED';
      const message = `secret '${name}' could not be read from the orchestrator: ${error instanceof Error ? error.message : String(error)}`;
      throw new SecretError(isDenied ? 'ACCESS_DENIED' : 'PROVIDER_FAILED', message, { cause: error });
    }
  }

  async set(name: string, value: string): Promise<void> {
    await this.#call('set', { name, value });
  }

  async delete(name: string): Promise<boolean> {
    const answer = await this.#call('delete', { name });
    return isJsonObject(answer) && answer['deleted'] === true;
  }

  async list(): Promise<readonly string[]> {
    const answer = await this.#call('list', {});
    const names: unknown = isJsonObject(answer) ? answer['names'] : undefined;
    return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [];
  }

  /**
   * What has changed since `heard`, or after `waitMs`. Undefined from an orchestrator that does not tell. Rejects with
   * PROVIDER_FAILED when there is no answer some time after that.
   */
  async watch(heard: SecretsHeard | undefined, { waitMs, signal }: WatchOptions): Promise<SecretsChanged | undefined> {
    const params = { heard: heard ? { ...heard } : null, waitMs };
    try {
      return changedIn(await this.#call('watch', params, { timeoutMs: waitMs + answerGraceMs, signal }));
    } catch (error) {
      if (SecretError.is(error) && (error.code === 'INVALID' || error.code === 'READ_ONLY')) return undefined;
      throw error;
    }
  }

  placesOf(): readonly string[] {
    return [`the secrets of the orchestrator, granted under modules.${this.#session.init.module_id}.secrets`];
  }

  /** Rejects with `SecretError`: as the orchestrator does, or READ_ONLY for a plain one. */
  async #call(
    operation: SecretOperation,
    params: WireJson,
    options: ServiceCallOptions = { timeoutMs: longestRotationMs },
  ): Promise<WireJson> {
    if (!this.#session.extensions)
      throw new SecretError('READ_ONLY', `this orchestrator only gives secrets out: it knows no ${operation}`);
    try {
      this.#writing ??= this.#session.openService(secretService, 'default');
      const connection = await this.#writing;
      return await connection.call(operation, params, options);
    } catch (error) {
      if (PyWattError.is(error) && error.family === 'secret') throw error;
      if (!options.signal?.aborted) this.#writing = undefined;
      const message = `secrets: the orchestrator did not answer '${operation}': ${error instanceof Error ? error.message : String(error)}`;
      throw new SecretError('PROVIDER_FAILED', message, { retryable: true, cause: error });
    }
  }
}

function sourced(answer: WireJson): SourcedSecret | undefined {
  if (!isJsonObject(answer) || typeof answer['value'] !== 'string') return undefined;
  const { value, version } = answer;
  return { value, ...(typeof version === 'string' && { version }) };
}
