import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Class } from '@pywatt/sdk';
import { createLogger, SecretRedactor } from '../../src/logging/index.js';
import { type ModuleConfigInput, type Orchestrator, startOrchestrator } from '../../src/orchestrator/index.js';
import { InProcessLauncher } from '../../src/testing/in-process-launcher.js';
import { smallCacheBytes } from './cache-contract.js';
import { ContractModule, ContractPorts } from './contract-module.js';
import { Geo, TestGeo } from './services/geo.js';

const grants: ModuleConfigInput = {
  databases: ['default', 'other'],
  caches: ['default', 'small', 'sliding'],
  services: ['geo'],
  restart: 'never',
};

const nearGrants: ModuleConfigInput = {
  ...grants,
  caches: { default: { near: true }, small: { near: true }, sliding: { near: true } },
};

/** A real orchestrator for the contract suites, with modules in this process or in one of their own. */
export class ContractOrchestrator {
  readonly orchestrator: Orchestrator;
  readonly #directory: string;

  private constructor(orchestrator: Orchestrator, directory: string) {
    this.orchestrator = orchestrator;
    this.#directory = directory;
  }

  /** One module of its own process. `default` and `other` are two pools on one file. */
  static async withChild(): Promise<ContractOrchestrator> {
    const main = fileURLToPath(new URL('../fixtures/mains/contract.ts', import.meta.url));
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const command = [process.execPath, '--import', 'tsx', main];
    return ContractOrchestrator.#start(
      { contract: { ...grants, command, cwd } },
      (directory) => `sqlite:${join(directory, 'data.db')}`,
      {},
    );
  }

  /**
   * Two modules in this process that share every database and cache, the second with near caches; `url` is a server's,
   * and `other` that of the second database where the first takes nobody else. Resolves with their ports, too.
   */
  static async inProcess(
    database: 'file' | 'memory' | { readonly url: string; readonly other?: string },
    root: Class = ContractModule,
  ): Promise<{ host: ContractOrchestrator; ports: ContractPorts[] }> {
    const logger = createLogger({ level: 'error', redactor: new SecretRedactor() });
    const plan = { overrides: new Map(), secrets: new Map(), services: [], env: {}, timeout: undefined };
    const launchers = {
      one: new InProcessLauncher(root, plan, logger),
      two: new InProcessLauncher(root, plan, logger),
    };
    const url = (directory: string) => {
      if (typeof database === 'object') return database.url;
      return database === 'memory' ? 'sqlite::memory:' : `sqlite:${join(directory, 'data.db')}`;
    };
    const other = typeof database === 'object' ? database.other : undefined;
    const host = await ContractOrchestrator.#start({ one: grants, two: nearGrants }, url, launchers, other);
    const modules = await Promise.all([launchers.one.booted, launchers.two.booted]).catch(async (error: unknown) => {
      await host.close();
      throw error;
    });
    return { host, ports: modules.map((module) => module.get(ContractPorts)) };
  }

  static async #start(
    modules: Record<string, ModuleConfigInput>,
    databaseUrl: (directory: string) => string,
    launchers: Record<string, InProcessLauncher>,
    other?: string,
  ): Promise<ContractOrchestrator> {
    const directory = await mkdtemp(join(tmpdir(), 'pywatt-contract-'));
    const logger = createLogger({ level: 'error', redactor: new SecretRedactor() });
    const url = databaseUrl(directory);
    const orchestrator = await startOrchestrator(
      {
        modules,
        databases: { default: { url }, other: { url: other ?? url } },
        caches: {
          default: { url: 'memory:' },
          small: { url: `memory:?policy=lru&max=${smallCacheBytes}` },
          sliding: { url: 'memory:', sliding: true },
        },
        gateway: { listen: '127.0.0.1:0', requestTimeout: '2m' },
        state: directory,
      },
      { logger, launchers, services: [Geo.serve(new TestGeo())], control: false },
    );
    await orchestrator.ready;
    return new ContractOrchestrator(orchestrator, directory);
  }

  async close(): Promise<void> {
    await this.orchestrator.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
