import { renameSync } from 'node:fs';
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sleep } from '../../src/foundation/index.js';
import { ChainedSecretProvider, FileSecretProvider, type SecretWatch, watchStatus } from '../../src/secrets/index.js';
import { PolledWatch } from '../../src/secrets/providers/polled-watch.js';
import { singleMounts } from '../../src/secrets/providers/single-mounts.js';

const times = { pollMs: 50, settleMs: 40, lookMs: 500 };
let directory: string;
let watch: SecretWatch | undefined;
let told: string[];

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pywatt-watch-')), 'secrets');
  await mkdir(directory);
  told = [];
});

afterEach(async () => {
  await watch?.close();
  watch = undefined;
  await rm(join(directory, '..'), { recursive: true, force: true });
});

const put = (name: string, content: string | Uint8Array) => writeFile(join(directory, name), content);

async function watchFiles(): Promise<SecretWatch> {
  watch = await new FileSecretProvider(directory, times).watch((names) => told.push(...names));
  return watch;
}

/** Polls until it holds; fails after a deadline. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`still not so: ${holds.toString()}`);
    await sleep(5);
  }
}

/** Until the place was looked at from now on, so that what did not happen by then was not seen. */
async function looked({ checkedAt }: SecretWatch): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    const before = watch!.checkedAt;
    await until(() => watch!.checkedAt > before);
  }
  expect(watch!.checkedAt).toBeGreaterThan(checkedAt);
}

describe('the watch of a directory of secret files', () => {
  it('takes a value that is written piece by piece only when it has settled', async () => {
    await put('KEY', 'old');
    const watched = await watchFiles();
    const file = await open(join(directory, 'KEY'), 'w');
    const provider = new FileSecretProvider(directory);
    for (const piece of ['n', 'e', 'w']) {
      await file.write(piece);
      await sleep(10);
    }
    await file.close();
    await until(() => told.length > 0);
    expect([told, await provider.get('KEY'), watched.revision]).toEqual([['KEY'], 'new', 1]);
  });

  it.each([
    ['empty', '', /secret 'KEY' is empty/],
    ['binary', new Uint8Array([0xff, 0xfe, 0]), /not UTF-8/],
    ['larger than 1 MiB', 'x'.repeat(10 * 1024 * 1024), /larger than 1 MiB/],
  ])(
    'reports a value that became %s as trouble and never as a change, until it is right again',
    async (_what, bad, why) => {
      await put('KEY', 'old');
      const watched = await watchFiles();
      await put('KEY', bad);
      await until(() => watched.trouble !== undefined);
      expect(watched.trouble).toMatch(why);
      expect(watched.trouble).toMatch(/the value before it stays in force$/);
      expect(told).toEqual([]);
      await put('KEY', 'new');
      await until(() => told.length > 0);
      expect([told, watched.trouble]).toEqual([['KEY'], undefined]);
    },
  );

  it('reports all values that became unusable, and of many how many more', async () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
    for (const name of names) await put(name, 'old');
    const watched = await watchFiles();
    await put('A', '');
    await put('B', '');
    await until(() => watched.trouble?.includes("'B'") === true);
    expect(watched.trouble).toBe("secret 'A' is empty; secret 'B' is empty; the values before them stay in force");
    for (const name of names) await put(name, '');
    await until(() => watched.trouble?.includes('and 2 more') === true);
    for (const name of names) await put(name, 'new');
    await until(() => watched.trouble === undefined);
  });

  it('tells nothing of a file that was written again with what it held', async () => {
    await put('KEY', 'same');
    const watched = await watchFiles();
    await put('KEY', 'same');
    await looked(watched);
    expect(told).toEqual([]);
  });

  it('tells of a secret that was deleted', async () => {
    await put('KEY', 'old');
    await watchFiles();
    await rm(join(directory, 'KEY'));
    await until(() => told.length > 0);
    expect(told).toEqual(['KEY']);
  });

  it('says so while its directory is gone, and sees what changed once it is back', async () => {
    await put('KEY', 'old');
    const watched = await watchFiles();
    await rename(directory, `${directory}.away`);
    await until(() => watched.trouble !== undefined);
    expect(watchStatus(watched)).toMatchObject({ state: 'troubled', trouble: expect.stringContaining('is gone') });
    expect(told).toEqual([]);
    await mkdir(directory);
    await put('KEY', 'new');
    await until(() => watched.trouble === undefined && told.includes('KEY'));
    // The directory that is there now is another one: it has to be listened to anew.
    told = [];
    await put('KEY', 'newer');
    await until(() => told.includes('KEY'));
    expect(watchStatus(watched).state).toBe('ok');
  });

  it('says so when something else stands where its directory was', async () => {
    const watched = await watchFiles();
    await rm(directory, { recursive: true });
    await writeFile(directory, 'a file');
    await until(() => watched.trouble !== undefined);
    expect(watched.trouble).toContain('ENOTDIR');
  });
});

describe('the watch of a directory that another one takes the place of', () => {
  it('sees changes of that one at once, too, however seldom it looks by itself', async () => {
    const seldom = { pollMs: 3_600_000, settleMs: 40 };
    await put('KEY', 'old');
    watch = await new FileSecretProvider(directory, seldom).watch((names) => told.push(...names));
    const [next, away] = [`${directory}.next`, `${directory}.away`];
    await mkdir(next);
    await writeFile(join(next, 'KEY'), 'new');
    renameSync(directory, away);
    renameSync(next, directory);
    await until(() => told.length === 1);
    await sleep(200);
    await put('KEY', 'newer');
    await until(() => told.length === 2);
    expect(told).toEqual(['KEY', 'KEY']);
  });
});

describe('a watch whose place does not answer', () => {
  it('is troubled after one look and stale after three polls, looks once at a time, and recovers', async () => {
    let [isHung, looks] = [false, 0];
    let release = () => undefined as void;
    const look = async () => {
      looks += 1;
      if (isHung) await new Promise<void>((resolve) => (release = resolve));
      return { values: new Map([['KEY', 'a']]), unusable: new Map<string, string>() };
    };
    watch = await PolledWatch.start({
      name: 'far',
      look,
      changed: () => undefined,
      pollMs: 10,
      settleMs: 5,
      lookMs: 20,
    });
    const { staleAfterMs } = watch;
    expect(staleAfterMs).toBe(50);
    isHung = true;
    await until(() => watch!.trouble !== undefined);
    const before = looks;
    await until(() => watchStatus(watch!).state === 'stale');
    expect([watchStatus(watch).trouble, looks]).toEqual(['far did not answer within 20 ms', before]);
    isHung = false;
    release();
    await until(() => watchStatus(watch!).state === 'ok');
  });
});

describe('ChainedSecretProvider.watchHealth', () => {
  it('names the one watch that is in trouble, and knows no watch that was closed', async () => {
    const other = join(directory, 'other');
    await mkdir(other);
    const chain = new ChainedSecretProvider([
      new FileSecretProvider(directory, times),
      new FileSecretProvider(other, times),
    ]);
    expect(chain.watchHealth).toEqual({ status: 'ok', watches: [], down: [] });
    watch = await chain.watch(() => undefined);
    expect(chain.watchHealth).toMatchObject({ status: 'ok', watches: [{ state: 'ok' }, { state: 'ok' }] });
    await rm(other, { recursive: true });
    await until(() => chain.watchHealth.status === 'degraded');
    expect(chain.watchHealth.watches).toMatchObject([
      { name: `file ${directory}`, state: 'ok' },
      { name: `file ${other}`, state: 'troubled' },
    ]);
    expect(watch.trouble).toContain(`file ${other}: `);
    await watch.close();
    expect(chain.watchHealth.watches).toEqual([]);
  });
});

describe('singleMounts', () => {
  it('finds the files of a directory that are mounts of their own', async () => {
    const table = [
      `22 1 0:5 / / rw - overlay overlay rw`,
      `23 22 0:6 / ${directory} rw - tmpfs tmpfs rw`,
      `24 23 0:7 /data/KEY ${directory}/MY\\040KEY rw - tmpfs tmpfs rw`,
      `25 23 0:7 / ${directory}/deeper/FILE rw - tmpfs tmpfs rw`,
    ];
    const mountInfo = join(directory, 'mountinfo');
    await writeFile(mountInfo, table.join('\n'));
    await expect(singleMounts(directory, mountInfo)).resolves.toEqual(['MY KEY']);
    await expect(singleMounts(directory)).resolves.toEqual([]);
    await expect(singleMounts(join(directory, 'nowhere'))).resolves.toEqual([]);
  });
});
