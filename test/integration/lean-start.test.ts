import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { NodeProcess, repository } from './node-process.js';

/** Prints the package of every module that Node resolves, and each file of ours. */
const hook = `
  import { writeSync } from 'node:fs';
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    const name = resolved.url.split(/\\/node_modules\\/|\\/(?=dist\\/)/).at(-1);
    if (name !== resolved.url) writeSync(2, 'loaded ' + name + '\\n');
    return resolved;
  }`;
const dataUrl = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;
const registration = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`;

/** A module with a database and a cache, and no controllers. */
const program = `
  import { InjectCache, InjectDatabase, Module, runModule } from '@pywatt/sdk';
  class Lean {}
  InjectDatabase()(Lean.prototype, 'database');
  InjectCache()(Lean.prototype, 'cache');
  Module({ id: 'lean' })(Lean);
  await runModule(Lean);`;

/** The files that are no part of Node, in the order they were resolved. */
const loadedBy = ({ stderr }: NodeProcess) => [...stderr.matchAll(/^loaded (.+)$/gm)].map(([, file]) => file!);

describe('a proxied module without controllers', () => {
  it('starts from two chunks, which hold inversify and nothing of databases, caches and HTTP', async () => {
    const empty = `
      import { Module, runModule } from '@pywatt/sdk';
      class Empty {}
      Module({ id: 'empty' })(Empty);
      await runModule(Empty);`;
    const argv = ['--import', dataUrl(registration), '--input-type=module', '-e', empty];
    await using module = new NodeProcess(argv, { env: { PYWATT_MODULE_ID: 'empty' }, input: null });
    module.write({ op: 'init', orchestrator_api: 'o', module_id: 'empty', env: {}, listen: '127.0.0.1:1' });
    await module.match(/"op":"announce"/);
    const files = [...new Set(loadedBy(module))];
    expect(files[0]).toBe('dist/index.js');
    expect(files.slice(1)).toHaveLength(2);
    const sources = files.map((file) => readFileSync(`${repository}${file}`, 'utf8')).join('');
    expect(sources).toContain('// node_modules/@inversifyjs/container/');
    expect(sources).not.toMatch(
      /^\/\/ (node_modules\/(@inversifyjs\/http-core|winston)|src\/(orchestrator|database\/sqlite|cache\/memory|.*\/proxied-(database|cache-store)))/m,
    );
  });

  it('starts without loading a driver, an ORM, a validator or an HTTP framework, and still answers /health', async () => {
    const argv = ['--import', dataUrl(registration), '--input-type=module', '-e', program];
    await using lean = new NodeProcess(argv, { env: { PYWATT_MODULE_ID: 'lean' }, input: null });
    lean.write({ op: 'init', orchestrator_api: 'o', module_id: 'lean', env: {}, listen: '127.0.0.1:1' });
    for (const type of ['Database', 'Cache']) {
      const id = await lean.match(new RegExp(`"id":"([^"]+)","service_type":"${type}"`));
      const answer = { op: 'service_response', id, service_type: type, success: true, error: null };
      lean.write({ ...answer, connection_id: `${type}-1`, info: { type: 'sqlite' } });
    }
    await lean.match(/"op":"announce"/);
    expect(loadedBy(lean)).toContainEqual(expect.stringMatching(/^dist\/chunks\/open-proxied-database-/));
    expect(loadedBy(lean).filter((file) => !file.startsWith('dist/'))).toEqual([]);
    lean.write({ op: 'http_request', request_id: 'r', method: 'GET', uri: '/health', headers: {}, body: null });
    await lean.match(/"request_id":"r","status_code":200/);
    lean.write({ op: 'shutdown' });
    await lean.match(/"operation":"close"/);
  });
});
