import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { ModuleConfigInput, OrchestratorConfigInput } from '../../src/orchestrator/index.js';
import { NodeProcess, repository } from './node-process.js';
import { isAlive } from './orchestrator-fixture.js';

type ModuleSettings = { [K in keyof ModuleConfigInput]?: ModuleConfigInput[K] | undefined };

interface SiteSettings {
  readonly module?: ModuleSettings;
  /** Its URL. Default: a file of SQLite. */
  readonly database?: string;
  readonly more?: Partial<OrchestratorConfigInput>;
}

interface Remembered {
  pid: number;
  requests: number;
  rotations: string[];
  key: string;
}

/** A directory in which orchestrators run one after another, as processes of their own. */
export class Site implements AsyncDisposable {
  readonly logFile: string;
  readonly #config: OrchestratorConfigInput;
  readonly #orchestrators: NodeProcess[] = [];
  readonly #pids = new Set<number>();

  private constructor(
    readonly directory: string,
    { module, database, more }: SiteSettings,
  ) {
    this.logFile = join(directory, 'module.log');
    this.#config = {
      modules: {
        remembers: {
          command: [process.execPath, join(repository, 'test/fixtures/mains/remembers.mjs')],
          cwd: repository,
          databases: ['default'],
          caches: ['default'],
          secrets: ['KEY'],
          channels: ['unix'],
          reattach: '30s',
          shutdownGrace: '2s',
          ...module,
          env: { LOG: this.logFile, ...module?.env },
        } as ModuleConfigInput,
      },
      databases: { default: { url: database ?? 'sqlite:./app.db' } },
      caches: { default: { url: 'memory:' } },
      secrets: [{ file: './secrets' }],
      ports: { range: '30000-39999' },
      gateway: { listen: '127.0.0.1:0' },
      ...more,
    };
  }

  static async make(settings: SiteSettings = {}): Promise<Site> {
    const site = new Site(await mkdtemp(join(tmpdir(), 'pywatt-reattach-')), settings);
    await mkdir(join(site.directory, 'secrets'));
    await site.setKey('first-value');
    await site.configure();
    return site;
  }

  setKey(value: string): Promise<void> {
    return writeFile(join(this.directory, 'secrets/KEY'), value, { mode: 0o600 });
  }

  /** Writes the configuration, with other settings of the module, or without it. */
  async configure(module?: ModuleSettings | null): Promise<void> {
    const { remembers } = this.#config.modules;
    const modules: OrchestratorConfigInput['modules'] =
      module === null
        ? { other: { command: [process.execPath, join(repository, 'test/fixtures/mains/takes-its-time.mjs')] } }
        : { remembers: { ...remembers!, ...module } as ModuleConfigInput };
    // JSON is YAML, too.
    await writeFile(join(this.directory, 'pywatt.config.yaml'), JSON.stringify({ ...this.#config, modules }));
  }

  start(): NodeProcess {
    const argv = [
      join(repository, 'dist/cli.js'),
      'run',
      '--json',
      '--config',
      join(this.directory, 'pywatt.config.yaml'),
    ];
    const orchestrator = new NodeProcess(argv, { cwd: this.directory, input: null });
    this.#orchestrators.push(orchestrator);
    return orchestrator;
  }

  /** Starts one and waits for its module. */
  async run() {
    const orchestrator = this.start();
    const gateway = await orchestrator.match(/"ready":\s*"(http:[^"]+)"/);
    const pid = Number(await orchestrator.match(/"msg":"the module is running","module":"\w+","pid":(\d+)/));
    this.#pids.add(pid);
    const get = async <T>(path: string): Promise<T> => {
      const response = await fetch(`${gateway}/remembers${path}`);
      expect({ path, status: response.status, text: await response.clone().text() }).toMatchObject({ status: 200 });
      return (await response.json()) as T;
    };
    return {
      orchestrator,
      pid,
      remember: () => get<Remembered>('/remember'),
      work: () => get<{ pid: number; visits: number; count: number; seen: number }>('/work'),
      /** As a machine that is out of memory does. */
      kill: async () => {
        orchestrator.kill('SIGKILL');
        await orchestrator.exited;
      },
      stop: async () => {
        orchestrator.kill('SIGTERM');
        expect((await orchestrator.exited).code).toBe(0);
      },
    };
  }

  get moduleLog(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  get recordFile(): string {
    return join(this.directory, '.pywatt/launches.json');
  }

  /** Where the module listens itself. */
  get ownAddress(): string {
    return /"address":"(http:[^"]+)"/.exec(this.moduleLog)![1]!;
  }

  /** Its modules would wait for the next one. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const orchestrator of this.#orchestrators) await orchestrator[Symbol.asyncDispose]();
    for (const pid of this.#pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await rm(this.directory, { recursive: true, force: true });
  }
}
