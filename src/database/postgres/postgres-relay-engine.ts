import type { Backend, Relay, RelayEngine, RelayHost, SessionParameters } from '../relay/relay-engine.js';
import { connectPostgresBackend, type PostgresAddress, probePostgres } from './postgres-backend.js';
import { PostgresRelay } from './postgres-relay.js';

const maxRemembered = 100;

/** PostgreSQL, relayed: modules run pg against servers the orchestrator has logged in to. */
export class PostgresRelayEngine implements RelayEngine {
  readonly #address: PostgresAddress;
  /** What the server said of sessions with the same parameters. */
  readonly #settings = new Map<string, ReadonlyMap<string, string>>();

  constructor(address: PostgresAddress) {
    this.#address = address;
  }

  async connect(parameters: SessionParameters): Promise<Backend> {
    const { backend, settings } = await connectPostgresBackend(this.#address, parameters);
    const key = keyOf(parameters);
    this.#settings.delete(key);
    this.#settings.set(key, settings);
    const [oldest] = this.#settings.keys();
    if (this.#settings.size > maxRemembered && oldest !== undefined) this.#settings.delete(oldest);
    return backend;
  }

  probe(password: string): Promise<void> {
    return probePostgres(this.#address, password);
  }

  createRelay(host: RelayHost): Relay {
    const settingsOf = (parameters: SessionParameters) => this.#settings.get(keyOf(parameters)) ?? [];
    return new PostgresRelay(host, { name: this.#address.name, settingsOf });
  }
}

function keyOf(parameters: SessionParameters): string {
  return JSON.stringify(Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
