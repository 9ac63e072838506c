import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/orchestrator/index.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pywatt-config-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function read(yaml: string) {
  const file = join(directory, 'pywatt.config.yaml');
  await writeFile(file, yaml);
  return readConfig(file);
}

describe('readConfig', () => {
  it('resolves relative paths against the directory of the file', async () => {
    const config = await read(`
modules:
  orders: { command: node main.js, databases: [default] }
databases:
  default: { url: 'sqlite:./.pywatt/orders.db' }
secrets:
  - file: ./secrets
`);
    expect(config.databases.get('default')?.url).toBe(`sqlite:${directory}/.pywatt/orders.db`);
    expect(config.secrets).toEqual([{ kind: 'file', directory: join(directory, 'secrets') }]);
    expect(config.stateDirectory).toBe(join(directory, '.pywatt'));
  });

  it('reports every mistake at once, each with path, line and column', async () => {
    await expect(
      read(`modules:
  orders:
    comand: node main.js
    restart: often
    databases: [main]
ports: { range: 1-99999 }
gateway: { listen: nowhere }
`),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      details: {
        source: 'pywatt.config.yaml',
        problems: [
          { path: 'modules.orders.comand', line: 3, column: 13 },
          { path: 'modules.orders.restart', line: 4, column: 14 },
          { path: 'ports.range', line: 6, column: 17 },
          { path: 'gateway.listen', line: 7, column: 20 },
          { path: 'modules.orders.command', line: 3, column: 5 },
          { path: 'modules.orders.databases', line: 5, column: 16 },
        ],
      },
    });
  });

  it('reports a key that stands twice together with the other mistakes', async () => {
    await expect(read('modules:\n  a: { command: x }\n  a: { comand: y }\n')).rejects.toThrow(
      /YAML: Map keys must be unique \(line 3, column 3\)\n.*modules\.a\.comand: is not a key here \(did you mean 'command'\?\)/s,
    );
  });

  it('reports YAML that cannot be read with line and column', async () => {
    await expect(read('modules:\n  a: { command: "x }\n')).rejects.toThrow(/YAML: .*\(line \d, column \d+\)/);
  });

  it('refuses secrets in the file', async () => {
    await expect(read('modules: { a: { command: x } }\nsecrets: [{ memory: { KEY: v } }]\n')).rejects.toThrow(
      'secrets[0]: would keep secrets in a configuration file',
    );
  });

  it('says what to do when there is no file', async () => {
    await expect(readConfig(join(directory, 'none.yaml'))).rejects.toThrow(/none\.yaml.*cannot be read.*--config/s);
  });
});
