import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { postgresUrl } from './postgres-address.js';
import { describeWithPostgres } from './postgres-server.js';

const repository = resolve(import.meta.dirname, '../..');
const main = join(repository, 'test/fixtures/mains/tells-postgres-client.ts');

(await describeWithPostgres())('pg-native beside pg', () => {
  let packages: string;

  beforeAll(async () => {
    packages = await mkdtemp(join(tmpdir(), 'pywatt-native-'));
    await mkdir(join(packages, 'pg-native'));
    // Whoever connects with it fails at once.
    await writeFile(join(packages, 'pg-native/index.js'), 'module.exports = class { on() {} };');
  });

  afterAll(() => rm(packages, { recursive: true, force: true }));

  async function told(env: object): Promise<unknown> {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', main, postgresUrl], {
      cwd: repository,
      env: { ...process.env, NODE_PATH: packages, ...env },
    });
    return JSON.parse(stdout);
  }

  it('changes nothing, direct and proxied', async () => {
    await expect(told({})).resolves.toEqual({ isInstalled: true, direct: [1, 2, 3], proxied: [1, 2, 3] });
  });

  it('is refused where the environment forces it', async () => {
    const refused = {
      code: 'CONFIGURATION',
      message: expect.stringContaining('unset that variable'),
    };
    await expect(told({ NODE_PG_FORCE_NATIVE: '1' })).resolves.toMatchObject({ direct: refused, proxied: refused });
  });
});
