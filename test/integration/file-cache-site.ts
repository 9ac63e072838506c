import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CacheOptions, type LeasingStore, openCacheStore } from '../../src/cache/index.js';
import { TestDirectory } from '../../src/testing/test-directory.js';
import { Closers } from '../support/closers.js';
import { NodeProcess, repository } from './node-process.js';

const program = join(repository, 'test/fixtures/mains/uses-file-cache.ts');

export const text = (value: string): Buffer => Buffer.from(value);

/** A directory for file caches, and all who use it. */
export class FileCacheSite {
  /** Run by `close`, the last one first. */
  readonly closers = new Closers();

  private constructor(readonly directory: string) {}

  static async create(): Promise<FileCacheSite> {
    const temporary = await TestDirectory.create();
    const site = new FileCacheSite(join(temporary.path, 'cache'));
    site.closers.push(() => temporary.remove());
    return site;
  }

  get indexPath(): string {
    return join(this.directory, 'shared', 'index');
  }

  get lockPath(): string {
    return join(this.directory, 'shared', 'lock');
  }

  async opened(query = '', options: Partial<CacheOptions> = {}): Promise<LeasingStore> {
    const address = { name: 'shared', url: `file:${this.directory}${query}` };
    return this.closers.use(await openCacheStore({ ...address, ...options }));
  }

  /** The fixture in a process of its own; with `input: null` its standard input stays open. */
  launched(action: string, count = 0, input: string | null = '', query = ''): NodeProcess {
    const argv = ['--import', 'tsx', program, `file:${this.directory}${query}`, action, String(count)];
    const child = new NodeProcess(argv, { input });
    this.closers.push(() => child[Symbol.asyncDispose]());
    return child;
  }

  /** The paths of all files with values. */
  async valueFiles(): Promise<string[]> {
    const found = await readdir(join(this.directory, 'shared'), { recursive: true, withFileTypes: true });
    const values = found.filter((entry) => entry.isFile() && /^[0-9a-f]{32}-/.test(entry.name));
    return values.map((entry) => join(entry.parentPath, entry.name));
  }

  close(): Promise<void> {
    return this.closers.close();
  }
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
