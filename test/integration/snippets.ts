import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './node-process.js';

const run = promisify(execFile);

/** The fenced blocks of a language in a Markdown text. */
export function codeBlocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map((match) => match[1]!);
}

const compilerOptions = {
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  experimentalDecorators: true,
  skipLibCheck: true,
  types: ['node'],
  noEmit: true,
};

/** The TypeScript blocks of a document as the files their first lines name: a small project that can be compiled and run. */
export class Snippets {
  readonly #document: string;
  // Inside the repository, so that the snippets import the package by its name, as a user's project would.
  readonly directory: string;

  constructor(document: string) {
    this.#document = document;
    this.directory = join(repository, 'dist', 'snippets', basename(document, '.md'));
  }

  async write(): Promise<void> {
    await this.remove();
    await mkdir(this.directory, { recursive: true });
    for (const block of codeBlocks(readFileSync(join(repository, this.#document), 'utf8'), 'ts')) {
      const name = /^\/\/ (\S+\.ts)\n/.exec(block)?.[1];
      await writeFile(join(this.directory, name!), block);
    }
    const paths = { '@pywatt/sdk': ['../../../src/index.ts'], '@pywatt/sdk/*': ['../../../src/*/index.ts'] };
    await this.#writeConfig('tsconfig.types.json', {
      compilerOptions: { ...compilerOptions, paths },
      include: ['*.ts'],
    });
    await this.#writeConfig('tsconfig.json', { compilerOptions });
  }

  /** What the compiler has against them; empty when nothing. */
  async compilerComplaints(): Promise<string> {
    const compiler = join(repository, 'node_modules', '.bin', 'tsc');
    const compiled = run(compiler, ['-p', 'tsconfig.types.json'], { cwd: this.directory });
    return compiled.then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
  }

  /** What a file of them prints, run against the built package. */
  async run(...args: string[]): Promise<string> {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
    const options = { cwd: this.directory, env, timeout: 25_000 };
    const { stdout } = await run(process.execPath, ['--import', 'tsx', ...args], options);
    return stdout;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async #writeConfig(name: string, config: object): Promise<void> {
    await writeFile(join(this.directory, name), JSON.stringify(config));
  }
}
