import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { connectControl, readHistory, type TraceEvent } from '../../src/orchestrator/index.js';
import { tellingForms } from '../fixtures/mains/every-form.js';
import { startWith, until } from './orchestrator-fixture.js';

const repository = resolve(import.meta.dirname, '../..');
const main = join(repository, 'test/fixtures/mains/leaks-its-secrets.ts');

/** One is the beginning of the other; quotes, a backslash, a line end, regex characters and an emoji are in them. */
const first = 'c4nary-"$(one)';
const second = `${first}\\ two\n.*[🐤] %41+/=`;
const third = 'c4nary-three-after-the-rotation';
const refused = 'refused-c4nary-four';

describe('a module that does everything one must not do with secrets', () => {
  it('leaks them into nothing that leaves it: output, logs, traces, answers, reports, the audit log, its crash', async () => {
    await using app = await startWith({
      modules: {
        leaks: {
          command: [process.execPath, '--import', 'tsx', main],
          cwd: repository,
          secrets: ['FIRST', 'SECOND'],
          restart: 'never',
        },
      },
      secrets: [{ memory: { FIRST: first, SECOND: second } }],
    });
    const { orchestrator } = app;
    await orchestrator.ready;
    const traced: TraceEvent[] = [];
    const ended = new AbortController();
    const tracing = (async () => {
      for await (const event of orchestrator.trace('leaks', ended.signal)) traced.push(event);
    })();

    const answers: string[] = [];
    const ask = async (path: string) => {
      const response = await app.request(path);
      answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
    };
    const leakAll = async () => {
      for (const path of ['/leaks/print', '/leaks/log', '/leaks/throw']) await ask(path);
    };
    await leakAll();
    const reports = [
      await orchestrator.rotateSecret('FIRST', third),
      await orchestrator.rotateSecret('SECOND', refused),
    ];
    expect(reports.map(({ outcome }) => outcome)).toEqual(['committed', 'rejected']);
    await leakAll();
    for (const path of ['health', 'modules', 'metrics']) await ask(`/_pywatt/${path}`);
    const control = connectControl(app.stateDirectory);
    const told = [await control.status(), await control.listSecrets(), await readHistory(app.stateDirectory, 'FIRST')];
    await ask('/leaks/crash');
    await until(() => app.logged(/exited/).length > 0, 'it has crashed');
    expect(JSON.stringify(app.lines)).toContain('uncaught');
    ended.abort();
    await tracing;

    expect(answers.filter((answer) => answer.startsWith('500'))).toHaveLength(2);
    expect(traced.length).toBeGreaterThan(10);
    const audit = join(app.stateDirectory, 'audit');
    const audited = await Promise.all((await readdir(audit)).map((file) => readFile(join(audit, file), 'utf8')));
    expect(audited.join('')).toContain('committed');
    const sinks = {
      log: app.lines.map((line) => JSON.stringify(line)),
      trace: traced.map((event) => JSON.stringify(event)),
      answers,
      reports: [JSON.stringify(reports)],
      control: [JSON.stringify(told)],
      audit: audited,
    };
    const leaks = Object.entries(sinks).flatMap(([sink, texts]) =>
      texts.flatMap((text) => {
        // As it stands, and as a reader would see it.
        const found = [first, second, third, refused]
          .flatMap(tellingForms)
          .filter(
            (form) => form.length >= 8 && (text.includes(form) || text.includes(JSON.stringify(form).slice(1, -1))),
          );
        return found.length > 0 ? [{ sink, found, text: text.slice(0, 300) }] : [];
      }),
    );
    expect(leaks).toEqual([]);
    // What is spread over lines: its beginning, as numbers, and what base64 has of its middle.
    const log = sinks.log.join('\n');
    for (const value of [first, second, third]) {
      expect(log).not.toContain([...Buffer.from(value).subarray(0, 5)].join(', '));
      const encoded = Buffer.from(`before it ${value}`).toString('base64');
      expect(log).not.toContain(encoded.slice(18, encoded.length - 4).slice(0, 12));
    }
    for (const told of [
      'stdout has [REDACTED',
      'stderr has [REDACTED',
      'written raw: [REDACTED',
      'console.log has',
      'the message has [REDACTED',
    ])
      expect(app.lines.filter((line) => JSON.stringify(line).includes(told)).length).toBeGreaterThanOrEqual(2);
  }, 60_000);
});
