import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ModuleConfigInput, OrchestratorConfigInput } from '../../src/orchestrator/index.js';
import { NodeProcess, repository } from './node-process.js';
import { isAlive, until } from './orchestrator-fixture.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Remembered {
  pid: number;
  requests: number;
  rotations: string[];
  key: string;
}

/** A directory in which orchestrators run one after another, as processes of their own. */
class Site {
  readonly logFile: string;
  readonly #config: OrchestratorConfigInput;
  readonly #pids = new Set<number>();

  private constructor(
    readonly directory: string,
    module: Partial<ModuleConfigInput>,
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
          env: { LOG: this.logFile },
          channels: ['unix'],
          reattach: '30s',
          shutdownGrace: '2s',
          ...module,
        },
      },
      databases: { default: { url: 'sqlite:./app.db' } },
      caches: { default: { url: 'memory:' } },
      secrets: [{ file: './secrets' }],
      ports: { range: '30000-39999' },
      gateway: { listen: '127.0.0.1:0' },
    };
  }

  static async make(module: Partial<ModuleConfigInput> = {}): Promise<Site> {
    const site = new Site(await mkdtemp(join(tmpdir(), 'pywatt-reattach-')), module);
    await mkdir(join(site.directory, 'secrets'));
    await site.setKey('first-value');
    await site.configure();
    closers.push(async () => {
      await until(() => ![...site.#pids].some(isAlive), 'its modules have ended');
      await rm(site.directory, { recursive: true, force: true });
    });
    return site;
  }

  setKey(value: string): Promise<void> {
    return writeFile(join(this.directory, 'secrets/KEY'), value, { mode: 0o600 });
  }

  /** Writes the configuration, with other settings of the module, or without it. */
  async configure(module?: Partial<ModuleConfigInput> | null): Promise<void> {
    const { remembers } = this.#config.modules;
    const modules: OrchestratorConfigInput['modules'] =
      module === null
        ? { other: { command: [process.execPath, join(repository, 'test/fixtures/mains/takes-its-time.mjs')] } }
        : { remembers: { ...remembers!, ...module } };
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
    closers.push(() => orchestrator[Symbol.asyncDispose]());
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
      work: () => get<{ pid: number; visits: number; count: number }>('/work'),
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
}

describe('a module that waits for a new orchestrator', () => {
  it('is taken over with what it holds in memory, and works on with databases, caches and secrets', async () => {
    const site = await Site.make();
    const first = await site.run();
    expect(await first.remember()).toMatchObject({ pid: first.pid, requests: 1, key: 'first-value' });
    expect(await first.work()).toMatchObject({ visits: 1, count: 1 });
    await first.kill();
    await site.setKey('second-value');
    const second = await site.run();
    expect(second.pid).toBe(first.pid);
    expect(second.orchestrator.stderr).toContain('"msg":"the module was taken over"');
    expect(await second.remember()).toEqual({
      pid: first.pid,
      requests: 2,
      rotations: ['rotation: first-value to second-value'],
      key: 'second-value',
    });
    // The memory of the cache was the orchestrator's.
    expect(await second.work()).toEqual({ pid: first.pid, visits: 2, count: 1 });
    await second.kill();
    const third = await site.run();
    expect(await third.remember()).toMatchObject({ pid: first.pid, requests: 3, key: 'second-value' });
    expect(await third.work()).toMatchObject({ visits: 3 });
    expect(third.orchestrator.stderr).not.toContain('second-value');
    await third.stop();
    await until(() => !isAlive(first.pid), 'the module has ended with its orchestrator');
    expect(existsSync(site.recordFile)).toBe(false);
    expect(site.moduleLog).toContain('"msg":"stopped"');
  });
});
