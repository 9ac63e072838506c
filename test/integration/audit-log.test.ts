import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditEvent } from '../../src/orchestrator/audit/audit-entry.js';
import { AuditLog } from '../../src/orchestrator/audit/audit-log.js';
import { readHistory } from '../../src/orchestrator/audit/read-history.js';
import { verifyAudit } from '../../src/orchestrator/audit/verify-audit.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';

const event = (name: string, outcome: AuditEvent['outcome'] = 'granted'): AuditEvent => ({
  what: 'access',
  names: [name],
  who: { kind: 'module', id: 'orders' },
  outcome,
});

describe('the audit log', () => {
  let state: string;
  const firstFile = () => join(state, 'audit', 'audit-000001.jsonl');
  const lines = async () => (await readFile(firstFile(), 'utf8')).trimEnd().split('\n');
  const rewrite = (changed: readonly string[]) => writeFile(firstFile(), changed.map((line) => `${line}\n`).join(''));

  beforeEach(async () => void (state = await mkdtemp(join(tmpdir(), 'pywatt-audit-'))));
  afterEach(() => rm(state, { recursive: true, force: true }));

  /** Five entries, the log closed. */
  async function written(options: { maxFileBytes?: number; maxFiles?: number } = {}, count = 5): Promise<void> {
    const log = new AuditLog({ stateDirectory: state, logger: silentLogger, ...options });
    await log.open();
    for (let index = 1; index <= count; index++) await log.append(event(`KEY_${index}`));
    await log.close();
    expect(log.trouble).toBeUndefined();
  }

  it('is intact as it was written, goes on in the next process, and can be read by this user only', async () => {
    await written();
    await written();
    await expect(verifyAudit(state)).resolves.toMatchObject({ isIntact: true, entries: 10, problems: [] });
    const sequence = (await lines()).map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(sequence).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const path of [firstFile(), join(state, 'audit', 'audit.head')])
      expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is intact where there is none', async () => {
    const directory = join(state, 'audit');
    await expect(verifyAudit(state)).resolves.toEqual({ isIntact: true, directory, entries: 0, problems: [] });
    await expect(readHistory(state, 'KEY')).resolves.toEqual([]);
  });

  it('writes many entries of one moment in their order', async () => {
    const log = new AuditLog({ stateDirectory: state, logger: silentLogger });
    const appended = Array.from({ length: 200 }, (_, index) => log.append(event(`KEY_${index}`)));
    await log.open();
    await Promise.all(appended);
    await log.close();
    await expect(verifyAudit(state)).resolves.toMatchObject({ isIntact: true, entries: 200 });
    await expect(readHistory(state, 'KEY_7')).resolves.toMatchObject([{ seq: 8, names: ['KEY_7'] }]);
  });

  const changes: [string, (log: string[]) => string[], number, RegExp][] = [
    ['a changed line', (log) => log.with(2, log[2]!.replace('KEY_3', 'KEY_9')), 3, /was changed/],
    ['a line that is no entry', (log) => log.with(2, 'nothing'), 3, /is no entry/],
    ['a removed line', (log) => log.toSpliced(2, 1), 3, /entry 3 is missing before it/],
    ['removed first lines', (log) => log.slice(2), 1, /entries 1 to 2 are missing before it/],
    ['removed last lines', (log) => log.slice(0, 3), 4, /entries 4 to 5 are missing at the end/],
    ['a removed log', () => [], 1, /entries 1 to 5 are missing at the end/],
    ['two lines that changed places', (log) => [log[0]!, log[2]!, log[1]!, log[3]!, log[4]!], 2, /missing/],
    ['a line that was copied', (log) => log.toSpliced(2, 0, log[1]!), 3, /is entry 2 where 3 should stand/],
  ];
  it.each(changes)('shows %s, and names the line', async (_what, change, line, message) => {
    await written();
    await rewrite(change(await lines()));
    const { isIntact, problems } = await verifyAudit(state);
    expect(isIntact).toBe(false);
    expect(problems[0]).toEqual({ file: 'audit-000001.jsonl', line, message: expect.stringMatching(message) });
  });

  it('shows that a line was written anew with a hash of its own', async () => {
    await written();
    const other = new AuditLog({ stateDirectory: join(state, 'other'), logger: silentLogger });
    await other.open();
    for (let index = 1; index <= 3; index++) await other.append(event(`KEY_${index}`, 'refused'));
    await other.close();
    const forged = (await readFile(join(state, 'other', 'audit', 'audit-000001.jsonl'), 'utf8')).trimEnd().split('\n');
    await rewrite((await lines()).with(2, forged[2]!));
    const { problems } = await verifyAudit(state);
    expect(problems.map(({ line }) => line)).toEqual([3, 4]);
  });

  it('still shows what was removed when an orchestrator has gone on writing', async () => {
    await written();
    await rewrite((await lines()).slice(0, 3));
    await written({}, 1);
    const { problems } = await verifyAudit(state);
    expect(problems).toEqual([
      { file: 'audit-000001.jsonl', line: 4, message: 'entries 4 to 5 are missing before it' },
    ]);
  });

  it('forgives a last line that a crash cut off, and goes on after it', async () => {
    await written();
    await appendFile(firstFile(), '{"seq":6,"at":"20');
    await expect(verifyAudit(state)).resolves.toMatchObject({ isIntact: true, entries: 5 });
    await written({}, 1);
    await expect(verifyAudit(state)).resolves.toMatchObject({ isIntact: true, entries: 6 });
  });

  it('shows a last line that was cut off after it had been written', async () => {
    await written();
    await truncate(firstFile(), (await stat(firstFile())).size - 10);
    const { problems } = await verifyAudit(state);
    expect(problems).toMatchObject([{ line: 5, message: 'entry 5 is missing at the end' }]);
  });

  it('goes on in another file when one is long, keeps so many, and the chain holds', async () => {
    await written({ maxFileBytes: 600, maxFiles: 3 }, 20);
    const verdict = await verifyAudit(state);
    expect(verdict).toMatchObject({ isIntact: true, problems: [] });
    expect(verdict.entries).toBeLessThan(10);
    await expect(stat(firstFile())).rejects.toThrow('ENOENT');
    await expect(readHistory(state, 'KEY_20')).resolves.toHaveLength(1);
  });

  it('is intact again when a process was killed before it had removed the oldest file', async () => {
    await written({ maxFileBytes: 600 }, 20);
    const last = JSON.parse((await lines()).at(-1)!) as { seq: number; hash: string };
    const head = join(state, 'audit', 'audit.head');
    const before = JSON.parse(await readFile(head, 'utf8')) as object;
    await writeFile(head, JSON.stringify({ ...before, firstSeq: last.seq + 1, firstPrev: last.hash }));
    await written({ maxFileBytes: 600 }, 1);
    await expect(verifyAudit(state)).resolves.toMatchObject({ isIntact: true, entries: 21 - last.seq });
    await expect(stat(firstFile())).rejects.toThrow('ENOENT');
  });

  it('says that it cannot be written, and holds nobody up', async () => {
    await writeFile(join(state, 'audit'), 'a file where the directory should be');
    const said: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => void said.push(message) };
    const log = new AuditLog({ stateDirectory: state, logger });
    await log.open();
    await log.append(event('KEY'));
    expect(log.trouble).toContain('cannot be written');
    await log.append(event('KEY'));
    expect(said).toEqual(['the audit log cannot be written']);
    await rm(join(state, 'audit'));
    await log.append(event('KEY'));
    expect(log.trouble).toBeUndefined();
    await log.close();
    await expect(verifyAudit(state)).resolves.toMatchObject({ isIntact: true, entries: 1 });
  });
});
