import type { Backend, Relay, RelayEngine, RelayHost, SessionParameters } from '../relay/relay-engine.js';
import type { MysqlAddress } from './mysql-address.js';
import { connectMysqlBackend, probeMysql } from './mysql-backend.js';
import type { RelayedGreeting } from './mysql-handshake.js';
import { MysqlRelay } from './mysql-relay.js';

/** MySQL and MariaDB, relayed: modules run mysql2 against servers the orchestrator has logged in to. */
export class MysqlRelayEngine implements RelayEngine {
  readonly #address: MysqlAddress;
  #greeting: Promise<RelayedGreeting> | undefined;

  constructor(address: MysqlAddress) {
    this.#address = address;
  }

  async connect(parameters: SessionParameters): Promise<Backend> {
    return (await connectMysqlBackend(this.#address, parameters)).backend;
  }

  probe(password: string): Promise<void> {
    return probeMysql(this.#address, password);
  }

  createRelay(host: RelayHost): Relay {
    const { name, login } = this.#address;
    return new MysqlRelay(host, { name, database: login.database, greeting: () => this.#serverGreeting() });
  }

  /** What can be offered to drivers before they say what they want: one login shows it. */
  #serverGreeting(): Promise<RelayedGreeting> {
    this.#greeting ??= this.#readGreeting();
    return this.#greeting;
  }

  async #readGreeting(): Promise<RelayedGreeting> {
    try {
      const { backend, greeting } = await connectMysqlBackend(this.#address, { extended_metadata: '1' });
      backend.destroy();
      return greeting;
    } catch (error) {
      this.#greeting = undefined;
      throw error;
    }
  }
}
