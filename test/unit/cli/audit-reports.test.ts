import { describe, expect, it } from '@jest/globals';
import { describeHistory, describeVerdict } from '../../../src/cli/audit-reports.js';
import type { AuditEntry } from '../../../src/orchestrator/index.js';

const entry = (fields: Partial<AuditEntry>): AuditEntry => ({
  seq: 1,
  at: '2026-01-02T03:04:05.678Z',
  prev: '',
  hash: '',
  what: 'access',
  names: ['KEY'],
  who: { kind: 'module', id: 'orders' },
  outcome: 'granted',
  ...fields,
});

describe('the history of a secret', () => {
  it('says what was refused, and which process it was', () => {
    const process = { kind: 'process', id: 'a-run', from: '10.0.0.7' } as const;
    const text = describeHistory('KEY', [
      entry({ outcome: 'refused', access: 'write' }),
      entry({ who: process, versions: { KEY: 'abc', OTHER: 'def' } }),
    ]);
    expect(text.split('\n').map((line) => line.replace('2026-01-02T03:04:05.678Z  ', ''))).toEqual([
      'access  refused  to write  by module orders',
      'access  granted  version abc  by process a-run from 10.0.0.7',
    ]);
  });
});

describe('the verdict on the audit log', () => {
  const verdict = { isIntact: true, directory: '/state/audit', entries: 3, problems: [] };

  it('counts the entries, and does not call a log intact that is not there', () => {
    expect(describeVerdict(verdict)).toBe('the audit log is intact: 3 entries');
    expect(describeVerdict({ ...verdict, entries: 0 })).toBe(
      'there is no audit log in /state/audit: nothing was recorded yet, or all of it was removed',
    );
  });

  it('names what was changed, and says what can be done', () => {
    const problems = [{ file: 'audit-000001.jsonl', line: 2, message: 'entry 2 is missing before it' }];
    const text = describeVerdict({ ...verdict, isIntact: false, problems });
    expect(text).toMatch(
      /line 2 {2}entry 2 is missing before it\nrestore \/state\/audit from a copy; or keep it aside/,
    );
  });
});
