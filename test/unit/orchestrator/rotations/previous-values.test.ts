import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger, SecretRedactor } from '../../../../src/logging/index.js';
import { PreviousValues } from '../../../../src/orchestrator/rotations/previous-values.js';

const overlapMs = 60_000;

describe('the values of before that an orchestrator accepts', () => {
  let stateDirectory: string;
  beforeEach(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'pywatt-previous-'));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    jest.useRealTimers();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  const create = () => {
    const redactor = new SecretRedactor();
    const logger = createLogger({ redactor, level: 'error', write: () => undefined });
    return new PreviousValues({ overlaps: new Map([['TOKEN', undefined]]), stateDirectory, redactor, logger });
  };
  const replace = (values: PreviousValues, previous: string, proposed: string) =>
    values.keep(
      [{ name: 'TOKEN', previous: { value: previous, version: '1' }, proposed: { value: proposed, version: '2' } }],
      overlapMs,
    );
  const loaded = async (inForce: string): Promise<readonly string[]> => {
    const values = create();
    await values.load({ get: () => Promise.resolve(inForce) });
    return values.of('TOKEN').map(({ value }) => value);
  };

  it('are known to the next one, newest first, and in no file', async () => {
    const values = create();
    await replace(values, 'first-token', 'second-token');
    await replace(values, 'second-token', 'third-token');
    expect(await loaded('third-token')).toEqual(['second-token', 'first-token']);
    const text = await readFile(join(stateDirectory, 'previous', 'TOKEN.json'), 'utf8');
    expect(text).not.toMatch(/first|second|third/);
  });

  it('are those of the value in force, and not of one that was rolled back', async () => {
    const values = create();
    await replace(values, 'first-token', 'second-token');
    await replace(values, 'second-token', 'refused-token');
    expect(await loaded('second-token')).toEqual(['first-token']);
    expect(await loaded('another-token')).toEqual([]);
  });

  it('are waited for until their keys are made, however long that takes', async () => {
    await replace(create(), 'first-token', 'second-token');
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance', 'hrtime'] });
    const values = create();
    const loading = values.load({ get: () => Promise.resolve('second-token') });
    jest.advanceTimersByTime(20_000);
    await loading;
    expect(values.of('TOKEN')).toMatchObject([{ value: 'first-token' }]);
  });

  it('are removed once they are over', async () => {
    await replace(create(), 'first-token', 'second-token');
    const now = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => now + overlapMs + 1);
    expect(await loaded('second-token')).toEqual([]);
    expect(await readdir(join(stateDirectory, 'previous'))).toEqual([]);
  });
});
