import { PyWattError } from '../foundation/index.js';
import { SecretError, type SecretReadOptions, type SecretSource, type SourcedSecret } from '../secrets/index.js';
import type { OrchestratorSession } from './orchestrator-session.js';

/** The orchestrator's secrets, as far as this module was granted them. */
export class WireSecretSource implements SecretSource {
  readonly #session: OrchestratorSession;

  constructor(session: OrchestratorSession) {
    this.#session = session;
  }

  async get(name: string, options: SecretReadOptions = {}): Promise<SourcedSecret | undefined> {
    try {
      // A running rotation may hold the answer back; the reader at boot waits longer than that.
      return await this.#session.getSecret(name, { ...options, timeoutMs: 60_000 });
    } catch (error) {
      const isDenied = PyWattError.is(error) && error.details['code'] === 'ACCESS_DENIED';
      const message = `secret '${name}' could not be read from the orchestrator: ${error instanceof Error ? error.message : String(error)}`;
      throw new SecretError(isDenied ? 'ACCESS_DENIED' : 'PROVIDER_FAILED', message, { cause: error });
    }
  }

  placesOf(): readonly string[] {
    return [`the secrets of the orchestrator, granted under modules.${this.#session.init.module_id}.secrets`];
  }
}
