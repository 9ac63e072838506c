import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { connectControl, readHistory, verifyAudit } from '../../src/orchestrator/index.js';
import { fixture, startWith } from './orchestrator-fixture.js';

const ask = (name: string) => `/orders/?${encodeURIComponent(JSON.stringify({ op: 'get_secret', name }))}`;

describe('what an orchestrator records about secrets', () => {
  it('is who was given one, who was refused one, and every rotation with who asked for it', async () => {
    await using app = await startWith({
      modules: { orders: { ...fixture('relays'), secrets: ['KEY'] } },
      secrets: [{ memory: { KEY: 'the-old-value', OTHER: 'the-other-value' } }],
    });
    const { orchestrator, stateDirectory } = app;
    await orchestrator.ready;
    for (const name of ['KEY', 'KEY', 'OTHER', 'OTHER', '../KEY']) await app.request(ask(name));
    const control = connectControl(stateDirectory);
    const report = await control.rotateSecrets({ KEY: 'the-new-value' }, { deadline: '20s' });
    expect(report).toMatchObject({ outcome: 'committed', by: { kind: 'cli' }, modules: [{ moduleId: 'orders' }] });
    await orchestrator.rotateSecret('KEY', 'the-newer-value');
    await expect(control.adoptSecrets(['KEY'])).resolves.toBeUndefined();
    const unknown = { code: 'NOT_FOUND', message: expect.stringContaining("there is no secret 'KEYS'") };
    await expect(control.adoptSecrets(['KEY', 'KEYS'])).rejects.toMatchObject(unknown);
    await expect(control.rotateSecrets({})).rejects.toMatchObject({ code: 'INVALID' });

    const orders = { kind: 'module', id: 'orders' };
    const history = await readHistory(stateDirectory, 'KEY');
    const retired = history.filter(({ what }) => what === 'retire');
    // Which version is over, not which one is in force.
    const [granted] = history;
    expect(retired.map(({ versions }) => versions)).toEqual([granted?.versions, report.versions]);
    expect(history.filter(({ what }) => what !== 'retire')).toMatchObject([
      { what: 'access', outcome: 'granted', who: orders, versions: { KEY: expect.any(String) } },
      {
        what: 'rotate',
        outcome: 'committed',
        who: { kind: 'cli', user: expect.any(String) },
        rotationId: report.rotationId,
        versions: report.versions,
        modules: [{ moduleId: 'orders', outcome: 'acknowledged', durationMs: expect.any(Number) }],
      },
      { what: 'rotate', outcome: 'committed', who: { kind: 'api' } },
    ]);
    // Once, however often it is asked for; the log of the orchestrator names the module each time.
    await expect(readHistory(stateDirectory, 'OTHER')).resolves.toMatchObject([
      { outcome: 'refused', access: 'read', who: orders },
    ]);
    await expect(readHistory(stateDirectory, '../KEY')).resolves.toMatchObject([{ outcome: 'refused', who: orders }]);
    expect(app.logged(/access refused/)).toMatchObject([{ module: 'orders' }, { module: 'orders' }, {}]);
    await expect(verifyAudit(stateDirectory)).resolves.toMatchObject({ isIntact: true });

    const file = join(stateDirectory, 'audit', 'audit-000001.jsonl');
    const text = await readFile(file, 'utf8');
    expect(text).not.toMatch(/the-(old|new|newer|other)-value/);
    await writeFile(file, text.replace('"refused"', '"granted"'));
    await expect(verifyAudit(stateDirectory)).resolves.toMatchObject({ isIntact: false, problems: [{ line: 2 }] });
  });
});
