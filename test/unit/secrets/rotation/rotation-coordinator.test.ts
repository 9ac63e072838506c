import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../../src/foundation/index.js';
import {
  ChainedSecretProvider,
  EnvSecretProvider,
  RotationCoordinator,
  type RotationNotice,
  type RotationParticipant,
  type SecretProvider,
} from '../../../../src/secrets/index.js';
import { coordinate, moduleIn } from './rotation-set-up.js';
import { setUpStore } from '../secrets-set-up.js';

const aTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

describe('RotationCoordinator', () => {
  it('commits when every module has acknowledged: new value everywhere and in the provider', async () => {
    const setUp = setUpStore({ KEY: 'old-key-value' });
    const [orders, billing] = [await moduleIn(setUp, 'orders'), await moduleIn(setUp, 'billing')];
    const before = await setUp.store.get('KEY');
    const report = await coordinate(setUp, [orders.participant, billing.participant]).rotate('KEY', 'new-key-value');
    const version = (await setUp.store.get('KEY'))?.version;
    const answered = {
      outcome: 'acknowledged',
      durationMs: expect.any(Number),
      receivedAt: aTime,
      activatedAt: aTime,
      drainedAt: aTime,
    };
    expect(report).toEqual({
      rotationId: expect.any(String),
      name: 'KEY',
      names: ['KEY'],
      outcome: 'committed',
      version,
      versions: { KEY: version },
      by: { kind: 'api' },
      startedAt: aTime,
      durationMs: expect.any(Number),
      acknowledgedMs: expect.any(Number),
      credentials: [],
      modules: [
        { moduleId: 'orders', ...answered },
        { moduleId: 'billing', ...answered },
      ],
    });
    expect(report.version).not.toBe(before?.version);
    expect([orders.value(), billing.value(), await setUp.memory.get('KEY')]).toEqual([
      'new-key-value',
      'new-key-value',
      'new-key-value',
    ]);
    expect(setUp.lines.join()).not.toContain('key-value');
  });

  it('commits at once when no module uses the secret', async () => {
    const setUp = setUpStore({ KEY: 'old-value' });
    await expect(coordinate(setUp, []).rotate('KEY', 'new-value')).resolves.toMatchObject({
      outcome: 'committed',
      modules: [],
    });
    await expect(setUp.store.get('KEY')).resolves.toMatchObject({ value: 'new-value' });
  });

  it('leaves the old value in force everywhere when one module rejects, and rolls back those that had switched', async () => {
    const setUp = setUpStore({ KEY: 'old-key-value' });
    const [orders, billing] = [await moduleIn(setUp, 'orders'), await moduleIn(setUp, 'billing')];
    billing.recorder.hook = (next) => {
      throw new Error(`refused ${next.reveal()}`);
    };
    const before = await setUp.store.get('KEY');
    const report = await coordinate(setUp, [orders.participant, billing.participant]).rotate('KEY', 'new-key-value');
    expect(report).toMatchObject({
      outcome: 'rejected',
      version: before?.version,
      modules: [
        { moduleId: 'orders', outcome: 'rolled-back' },
        {
          moduleId: 'billing',
          outcome: 'rejected',
          message: "Recorder.onKey rejected the rotation of 'KEY': refused [REDACTED]",
        },
      ],
    });
    expect(orders.recorder.seen).toEqual([
      'rotation old-key-value -> new-key-value',
      'rollback new-key-value -> old-key-value',
    ]);
    expect([orders.value(), billing.value(), await setUp.memory.get('KEY')]).toEqual([
      'old-key-value',
      'old-key-value',
      'old-key-value',
    ]);
    await expect(setUp.store.get('KEY')).resolves.toEqual(before);
    expect(setUp.lines.join()).not.toContain('key-value');
  });

  it('counts a module as late that says nothing by the deadline, and tells it to go back', async () => {
    const setUp = setUpStore({ KEY: 'old-value' });
    const orders = await moduleIn(setUp, 'orders');
    const notices: RotationNotice[] = [];
    const silent: RotationParticipant = {
      moduleId: 'silent',
      rotate: (notice) => {
        notices.push(notice);
        return notice.reason === 'rollback' ? Promise.resolve() : new Promise(() => undefined);
      },
    };
    const report = await coordinate(setUp, [orders.participant, silent]).rotate('KEY', 'new-value', {
      deadline: '1s',
      overlap: '1m',
    });
    expect(report.outcome).toBe('rejected');
    expect(report.modules).toMatchObject([
      { moduleId: 'orders', outcome: 'rolled-back' },
      { moduleId: 'silent', outcome: 'late', message: 'no answer within 1000 ms' },
    ]);
    expect(notices).toEqual(
      ['rotation', 'rollback'].map((reason) => ({
        keys: ['KEY'],
        rotationId: report.rotationId,
        reason,
        deadlineMs: 1_000,
        overlapMs: 60_000,
      })),
    );
    expect(orders.value()).toBe('old-value');
  });

  it('passes on a module’s own word about the hook that hung', async () => {
    const setUp = setUpStore({ KEY: 'old-value' });
    const orders = await moduleIn(setUp, 'orders');
    orders.recorder.hook = () => new Promise(() => undefined);
    const report = await coordinate(setUp, [orders.participant]).rotate('KEY', 'new-value', { deadline: '1s' });
    expect(report.modules).toMatchObject([
      { outcome: 'rejected', message: expect.stringContaining('Recorder.onKey rejected') },
    ]);
  });

  it('says when a module could not go back', async () => {
    const setUp = setUpStore({ KEY: 'old-value' });
    const stubborn: RotationParticipant = {
      moduleId: 'stubborn',
      rotate: ({ reason }) => (reason === 'rotation' ? Promise.resolve() : Promise.reject(new Error('no way back'))),
    };
    const rejecting: RotationParticipant = { moduleId: 'rejecting', rotate: () => Promise.reject(new Error('no')) };
    const report = await coordinate(setUp, [stubborn, rejecting]).rotate('KEY', 'new-value');
    expect(report.modules).toMatchObject([
      { moduleId: 'stubborn', outcome: 'rollback-failed', message: 'no way back' },
      { moduleId: 'rejecting', outcome: 'rejected', message: 'no' },
    ]);
  });

  it('rolls everybody back when the provider cannot store the value after all', async () => {
    const provider: SecretProvider = {
      name: 'vault',
      placesOf: () => ['vault'],
      get: () => Promise.resolve('old-value'),
      canWrite: () => Promise.resolve(true),
      set: (_name, value) => Promise.reject(new Error(`quota exceeded by ${value}`)),
    };
    const setUp = setUpStore({}, { provider: new ChainedSecretProvider([provider]) });
    const orders = await moduleIn(setUp, 'orders');
    const report = await coordinate(setUp, [orders.participant]).rotate('KEY', 'new-key-value');
    expect(report).toMatchObject({
      outcome: 'rejected',
      message: 'quota exceeded by [REDACTED]',
      modules: [{ outcome: 'rolled-back' }],
    });
    expect(orders.value()).toBe('old-value');
    await expect(setUp.store.get('KEY')).resolves.toMatchObject({ value: 'old-value' });
  });

  it('takes a value back that a slow provider stores after the rotation was rejected', async () => {
    const stored = ['old-value'];
    const slow = new Deferred<void>();
    const restored = new Deferred<void>();
    const provider: SecretProvider = {
      name: 'vault',
      placesOf: () => ['vault'],
      get: () => Promise.resolve(stored.at(-1)),
      canWrite: () => Promise.resolve(true),
      set: async (_name, value) => {
        await slow.promise;
        stored.push(value);
        if (value === 'old-value') restored.resolve();
      },
    };
    const setUp = setUpStore({}, { provider: new ChainedSecretProvider([provider]), providerTimeout: '10ms' });
    const report = await coordinate(setUp, []).rotate('KEY', 'new-key-value');
    expect(report).toMatchObject({ outcome: 'rejected', message: expect.stringContaining('did not answer') });
    slow.resolve();
    await restored.promise;
    expect(stored).toEqual(['old-value', 'new-key-value', 'old-value']);
  });

  it.each([
    ['NOT_FOUND', 'OTHER', 'new-value'],
    ['INVALID', 'KEY', ''],
    ['INVALID', 'KEY', 'x'.repeat(1024 * 1024 + 1)],
    ['INVALID', 'KEY', 'half a pair \ud800'],
    ['INVALID', 'KEY', 'abc'],
  ])('refuses beforehand with %s, telling nobody', async (code, name, value) => {
    const setUp = setUpStore({ KEY: 'old-value' });
    const orders = await moduleIn(setUp, 'orders');
    await expect(coordinate(setUp, [orders.participant]).rotate(name, value)).rejects.toMatchObject({ code });
    expect(orders.recorder.seen).toEqual([]);
  });

  it('refuses beforehand with READ_ONLY where the provider cannot write', async () => {
    const env = { PYWATT_SECRET_KEY: 'old-value' };
    const setUp = setUpStore({}, { provider: new ChainedSecretProvider([new EnvSecretProvider({ env })]) });
    const orders = await moduleIn(setUp, 'orders');
    await expect(coordinate(setUp, [orders.participant]).rotate('KEY', 'new-value')).rejects.toMatchObject({
      code: 'READ_ONLY',
    });
    expect(orders.recorder.seen).toEqual([]);
  });

  it('rotates one secret once at a time, in the order asked, and bounds the waiting', async () => {
    const setUp = setUpStore({ KEY: 'value-0' });
    const orders = await moduleIn(setUp, 'orders');
    const [begun, go] = [new Deferred<void>(), new Deferred<void>()];
    orders.recorder.hook = () => {
      begun.resolve();
      return go.promise;
    };
    const coordinator = coordinate(setUp, [orders.participant], 2);
    const [first, second] = [coordinator.rotate('KEY', 'value-1'), coordinator.rotate('KEY', 'value-2')];
    await begun.promise;
    await expect(coordinator.rotate('KEY', 'value-3')).rejects.toMatchObject({
      code: 'ROTATION_BUSY',
      retryable: true,
    });
    expect(orders.recorder.seen).toEqual(['rotation value-0 -> value-1']);
    go.resolve();
    await expect(Promise.all([first, second])).resolves.toMatchObject([
      { outcome: 'committed' },
      { outcome: 'committed' },
    ]);
    expect(orders.recorder.seen).toEqual(['rotation value-0 -> value-1', 'rotation value-1 -> value-2']);
  });

  it('gives a module that starts during a rotation the outcome', async () => {
    const setUp = setUpStore({ KEY: 'old-value' });
    const orders = await moduleIn(setUp, 'orders');
    const [begun, go] = [new Deferred<void>(), new Deferred<void>()];
    orders.recorder.hook = () => {
      begun.resolve();
      return go.promise;
    };
    const rotation = coordinate(setUp, [orders.participant]).rotate('KEY', 'new-value');
    await begun.promise;
    const starting = moduleIn(setUp, 'billing');
    go.resolve();
    await rotation;
    expect((await starting).value()).toBe('new-value');
  });

  it('misses no module that was given the old value while the rotation began', async () => {
    for (let ticks = 0; ticks < 25; ticks++) {
      const setUp = setUpStore({ KEY: 'old-value' });
      const readers: RotationParticipant[] = [];
      const coordinator = new RotationCoordinator({ ...setUp, participants: () => readers });
      await setUp.store.get('KEY');
      const rotation = coordinator.rotate('KEY', 'new-value');
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
      const given = await (async () => (async () => setUp.store.get('KEY'))())();
      readers.push({ moduleId: 'reader', rotate: () => Promise.resolve() });
      const { modules } = await rotation;
      expect({ ticks, asked: modules.length }).toEqual({ ticks, asked: given?.value === 'old-value' ? 1 : 0 });
    }
  });

  it('refuses rotations once closed, and waits for those it had accepted', async () => {
    const setUp = setUpStore({ KEY: 'old-value' });
    const orders = await moduleIn(setUp, 'orders');
    const coordinator = coordinate(setUp, [orders.participant]);
    const running = coordinator.rotate('KEY', 'new-value');
    await coordinator.close();
    expect(orders.value()).toBe('new-value');
    await running;
    await expect(coordinator.rotate('KEY', 'newer')).rejects.toMatchObject({ code: 'ROTATION_BUSY' });
  });
});
