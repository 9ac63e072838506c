import { describe, expect, it } from '@jest/globals';
import { describeReport, describeSecrets, describeStatus, describeTrace } from '../../../src/cli/reports.js';

const report = {
  rotationId: 'r-1',
  name: 'KEY',
  names: ['KEY'],
  version: 'v2',
  versions: { KEY: 'v2' },
  by: { kind: 'api' },
  startedAt: '2026-01-02T03:04:05.678Z',
  durationMs: 20,
  credentials: [],
} as const;
const [receivedAt, drainedAt] = [report.startedAt, report.startedAt];

describe('describeReport', () => {
  it('shows a committed rotation with a line per module', () => {
    const modules = [
      { moduleId: 'orders', outcome: 'acknowledged', durationMs: 3.6, receivedAt, drainedAt },
      { moduleId: 'mail', outcome: 'acknowledged', durationMs: 12, receivedAt },
      { moduleId: 'plain', outcome: 'acknowledged', durationMs: 1 },
    ] as const;
    expect(describeReport({ ...report, outcome: 'committed', modules })).toBe(
      'KEY: rotated to version v2\n  orders  acknowledged  4 ms\n  mail  acknowledged  12 ms  still uses the old value\n  plain  acknowledged  1 ms',
    );
  });

  it('shows a rejected one with the reason of the module, and which version stays', () => {
    const modules = [{ moduleId: 'orders', outcome: 'rejected', durationMs: 2, message: 'too short' }] as const;
    expect(describeReport({ ...report, outcome: 'rejected', modules })).toBe(
      'KEY: rejected; version v2 stays in force\n  orders  rejected  2 ms  too short',
    );
  });

  it('shows several that rotated together, and what logs in with them', () => {
    const credentials = [
      { name: "database 'main'", secret: 'KEY', outcome: 'retired' },
      { name: "cache 'main'", secret: 'USER', outcome: 'refused', message: 'wrong password' },
    ] as const;
    const several = { ...report, names: ['KEY', 'USER'], versions: { KEY: 'v2', USER: 'u7' }, credentials };
    expect(describeReport({ ...several, outcome: 'rejected', modules: [] })).toBe(
      [
        'KEY, USER: rejected; version v2, u7 stays in force',
        "  database 'main'  retired",
        "  cache 'main'  refused  wrong password",
        '  no module was told of it',
      ].join('\n'),
    );
  });

  it('says that no module uses the secret, or that none was told, and why nothing was stored', () => {
    expect(describeReport({ ...report, outcome: 'committed', modules: [] })).toBe(
      'KEY: rotated to version v2\n  no running module uses it',
    );
    expect(describeReport({ ...report, outcome: 'rejected', modules: [], message: 'the disk is full' })).toBe(
      'KEY: rejected; version v2 stays in force: the disk is full\n  no module was told of it',
    );
  });
});

describe('describeSecrets', () => {
  it('lines up names, providers and modules, and shows what is missing', () => {
    expect(
      describeSecrets([
        { name: 'KEY', provider: 'env PYWATT_SECRET_*', modules: ['orders', 'mail'], usedBy: [] },
        { name: 'LONG_NAME', modules: ['orders'], usedBy: ["database 'main'"] },
        { name: 'BROKEN', problem: 'it is no text', modules: [], usedBy: ['standalone'] },
        { name: 'SPARE', provider: 'memory', modules: [], usedBy: [] },
      ]),
    ).toBe(
      [
        'KEY        env PYWATT_SECRET_*  granted to orders, mail',
        "LONG_NAME  MISSING  granted to orders; used by database 'main'",
        'BROKEN     UNUSABLE: it is no text  used by standalone',
        'SPARE      memory  granted to nobody',
      ].join('\n'),
    );
  });

  it('says so when there are none', () => {
    expect(describeSecrets([])).toBe('there are no secrets, and no module was granted one');
  });
});

describe('describeTrace', () => {
  it('shows a message on one line, whatever is in it', () => {
    const shown = { time: '2026-01-02T03:04:05.678Z', op: 'x', bytes: 12, ids: { request_id: 'r', seq: 1 } };
    expect(describeTrace({ kind: 'message', direction: 'to_module', message: { text: 'two\nlines' }, ...shown })).toBe(
      '03:04:05.678  →  x  12 B  request_id=r  seq=1  {"text":"two\\nlines"}',
    );
    expect(describeTrace({ kind: 'message', direction: 'from_module', message: {}, ...shown, ids: {} })).toBe(
      '03:04:05.678  ←  x  12 B  {}',
    );
  });

  it('says how much a slow reader missed', () => {
    expect(describeTrace({ kind: 'dropped', count: 7 })).toContain('7 messages were not shown');
  });
});

describe('describeStatus', () => {
  it('shows the orchestrator, and how each module lives', () => {
    const common = { since: '2026-01-01T00:00:00.000Z', endpoints: [] };
    const text = describeStatus({
      status: 'degraded',
      pid: 1,
      startedAt: common.since,
      gateway: 'http://127.0.0.1:9900',
      modules: [
        { ...common, id: 'orders', state: 'running', liveness: 'slow', lagMs: 1_800, pid: 2, restarts: 0 },
        { ...common, id: 'mail', state: 'restarting', restarts: 3, lastEnd: 'left 3 heartbeats unanswered' },
      ],
      build: { version: '1', gitHash: 'g', buildTime: 't', node: 'n' },
    });
    expect(text.split('\n')).toEqual([
      'degraded, pid 1, at http://127.0.0.1:9900',
      '  orders  running  slow  lag 1800 ms  pid 2  restarts 0',
      '  mail  restarting  restarts 3  it last left 3 heartbeats unanswered',
    ]);
  });
});
