import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import {
  ModuleSecrets,
  OnSecretRotated,
  type RotationContext,
  type RotationRequest,
  type SecretSource,
  type SecretValue,
} from '../../../src/secrets/index.js';
import { declared, inSeconds, setUpModule, setUpStore } from './secrets-set-up.js';

type Seen = [method: string, next: unknown, previous: unknown, reason: string];

class Payments {
  readonly seen: Seen[] = [];
  readonly contexts: RotationContext[] = [];

  @OnSecretRotated('KEY')
  onKey(next: SecretValue, previous: SecretValue, context: RotationContext): void {
    this.contexts.push(context);
    this.seen.push(['onKey', next.reveal(), previous.reveal(), context.reason]);
  }

  @OnSecretRotated('KEY', 'LIMIT')
  async onEither(next: SecretValue<unknown>, previous: SecretValue<unknown>, context: RotationContext): Promise<void> {
    await Promise.resolve();
    this.seen.push([`onEither ${context.name}`, next.reveal(), previous.reveal(), context.reason]);
  }
}

class Refusing {
  calls = 0;

  @OnSecretRotated('KEY')
  refuse(next: SecretValue, _previous: SecretValue, context: RotationContext): void {
    this.calls++;
    if (context.reason === 'rotation') throw new Error(`cannot log in with ${next.reveal()}`);
  }
}

const request = (changes: Partial<RotationRequest> = {}): RotationRequest => ({
  rotationId: 'r1',
  names: ['KEY'],
  reason: 'rotation',
  deadline: inSeconds(30),
  overlapUntil: inSeconds(300),
  ...changes,
});

describe('ModuleSecrets in a rotation', () => {
  it('runs every hook with next and previous, then switches the live handles', async () => {
    const setUp = setUpStore({ KEY: 'old-key', LIMIT: '1000' });
    const payments = new Payments();
    const secrets = await setUpModule(
      setUp,
      [declared('KEY'), declared('LIMIT', { as: 'number' })],
      [payments, payments],
    );
    const handle = secrets.valueFor(declared('KEY'));
    const proposal = await setUp.store.propose('KEY', 'new-key', 'r1');
    const asked = request();
    await secrets.rotate(asked);
    expect(payments.seen).toEqual([
      ['onKey', 'new-key', 'old-key', 'rotation'],
      ['onEither KEY', 'new-key', 'old-key', 'rotation'],
    ]);
    expect(payments.contexts[0]).toEqual({
      rotationId: 'r1',
      name: 'KEY',
      reason: 'rotation',
      version: proposal.proposed.version,
      deadline: asked.deadline,
      overlapUntil: asked.overlapUntil,
      signal: expect.any(AbortSignal),
    });
    expect([handle?.reveal(), handle?.version]).toEqual(['new-key', proposal.proposed.version]);
    expect(setUp.redactor.redact('old-key new-key')).toBe('[REDACTED] [REDACTED]');
  });

  it('gives hooks the parsed value, fixed while the live handle changes', async () => {
    const setUp = setUpStore({ LIMIT: '1000' });
    let kept: SecretValue<unknown> | undefined;
    class Keeper {
      @OnSecretRotated('LIMIT') onLimit(_next: SecretValue<number>, previous: SecretValue<number>): void {
        kept = previous;
      }
    }
    const secrets = await setUpModule(setUp, [declared('LIMIT', { as: 'number' })], [new Keeper()]);
    await setUp.store.propose('LIMIT', '2000', 'r1');
    await secrets.rotate(request({ names: ['LIMIT'] }));
    expect(secrets.valueFor(declared('LIMIT', { as: 'number' }))?.reveal()).toBe(2000);
    expect(kept?.reveal()).toBe(1000);
  });

  it('keeps the live handles on the old value until every hook has succeeded', async () => {
    const setUp = setUpStore({ KEY: 'old-key' });
    const inHook = new Deferred<void>();
    const go = new Deferred<void>();
    class Slow {
      @OnSecretRotated('KEY') async onKey(): Promise<void> {
        inHook.resolve();
        await go.promise;
      }
    }
    const secrets = await setUpModule(setUp, [declared('KEY')], [new Slow()]);
    await setUp.store.propose('KEY', 'new-key', 'r1');
    const rotation = secrets.rotate(request());
    await inHook.promise;
    expect(secrets.valueFor(declared('KEY'))?.reveal()).toBe('old-key');
    go.resolve();
    await rotation;
    expect(secrets.valueFor(declared('KEY'))?.reveal()).toBe('new-key');
  });

  it('rejects when a hook throws, naming hook and redacted reason, and runs the earlier hooks back', async () => {
    const setUp = setUpStore({ KEY: 'old-key-value' });
    const [payments, refusing] = [new Payments(), new Refusing()];
    const secrets = await setUpModule(setUp, [declared('KEY')], [payments, refusing]);
    await setUp.store.propose('KEY', 'new-key-value', 'r1');
    const error: unknown = await secrets.rotate(request()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'ROTATION_REJECTED',
      message: "Refusing.refuse rejected the rotation of 'KEY': cannot log in with [REDACTED]",
      details: { hook: 'Refusing.refuse', name: 'KEY', rotationId: 'r1' },
    });
    expect(payments.seen).toEqual([
      ['onKey', 'new-key-value', 'old-key-value', 'rotation'],
      ['onEither KEY', 'new-key-value', 'old-key-value', 'rotation'],
      ['onEither KEY', 'old-key-value', 'new-key-value', 'rollback'],
      ['onKey', 'old-key-value', 'new-key-value', 'rollback'],
    ]);
    expect(refusing.calls).toBe(1);
    expect(secrets.valueFor(declared('KEY'))?.reveal()).toBe('old-key-value');
    expect(setUp.lines.join('\n')).not.toMatch(/(old|new)-key-value/);
  });

  it('keeps the value out of the whole error, its cause included, whatever the hook threw', async () => {
    class Leaking {
      @OnSecretRotated('KEY')
      leak(next: SecretValue): void {
        const [name, request] = [`Refused ${next.reveal()}`, { headers: next.reveal() }];
        throw Object.assign(new TypeError(`refused ${next.reveal()}`), { name, request });
      }
    }
    const setUp = setUpStore({ KEY: 'old-key' });
    const secrets = await setUpModule(setUp, [declared('KEY')], [new Leaking()]);
    const proposal = await setUp.store.propose('KEY', 'new-key-value', 'r1');
    const error = await secrets.rotate(request()).catch((thrown: unknown) => thrown);
    proposal.withdraw();
    expect(error).toMatchObject({ cause: { name: 'Refused [REDACTED]', message: 'refused [REDACTED]' } });
    expect((error as { cause: Error }).cause.stack).toContain('Leaking.leak');
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('new-key-value');
  });

  it('rejects at the deadline when a hook hangs, aborts its signal, and takes it back should it finish after all', async () => {
    const setUp = setUpStore({ KEY: 'old-key' });
    const finish = new Deferred<void>();
    const takenBack = new Deferred<Seen>();
    let signal: AbortSignal | undefined;
    class Hanging {
      @OnSecretRotated('KEY') async onKey(
        next: SecretValue,
        previous: SecretValue,
        context: RotationContext,
      ): Promise<void> {
        if (context.reason === 'rollback')
          return takenBack.resolve(['onKey', next.reveal(), previous.reveal(), context.reason]);
        signal = context.signal;
        await finish.promise;
      }
    }
    const secrets = await setUpModule(setUp, [declared('KEY')], [new Hanging()]);
    await setUp.store.propose('KEY', 'new-key', 'r1');
    await expect(secrets.rotate(request({ deadline: inSeconds(0.05) }))).rejects.toThrow(
      /^Hanging\.onKey rejected the rotation of 'KEY': it did not finish before the deadline/,
    );
    expect(signal?.aborted).toBe(true);
    expect(secrets.valueFor(declared('KEY'))?.reveal()).toBe('old-key');
    finish.resolve();
    await expect(takenBack.promise).resolves.toEqual(['onKey', 'old-key', 'new-key', 'rollback']);
  });

  it('rejects a value that does not parse, before any hook runs', async () => {
    const setUp = setUpStore({ LIMIT: '1000' });
    const payments = new Payments();
    const secrets = await setUpModule(setUp, [declared('LIMIT', { as: 'number' })], [payments]);
    await setUp.store.propose('LIMIT', 'hunter2', 'r1');
    await expect(secrets.rotate(request({ names: ['LIMIT'] }))).rejects.toMatchObject({
      code: 'ROTATION_REJECTED',
      message: "the proposed value does not fit: secret 'LIMIT' is not a decimal number",
    });
    expect(payments.seen).toEqual([]);
    expect(secrets.valueFor(declared('LIMIT', { as: 'number' }))?.reveal()).toBe(1000);
  });

  it('goes back on a rollback, running the hooks again, and only once', async () => {
    const setUp = setUpStore({ KEY: 'old-key' });
    const payments = new Payments();
    const secrets = await setUpModule(setUp, [declared('KEY')], [payments]);
    const before = secrets.valueFor(declared('KEY'))?.version;
    await setUp.store.propose('KEY', 'new-key', 'r1');
    await secrets.rotate(request());
    payments.seen.length = 0;
    await secrets.rotate(request({ reason: 'rollback' }));
    await secrets.rotate(request({ reason: 'rollback' }));
    expect(payments.seen).toEqual([
      ['onEither KEY', 'old-key', 'new-key', 'rollback'],
      ['onKey', 'old-key', 'new-key', 'rollback'],
    ]);
    const handle = secrets.valueFor(declared('KEY'));
    expect([handle?.reveal(), handle?.version]).toEqual(['old-key', before]);
  });

  it('does nothing on the rollback of a rotation it never switched to', async () => {
    const setUp = setUpStore({ KEY: 'old-key' });
    const payments = new Payments();
    const secrets = await setUpModule(setUp, [declared('KEY')], [payments]);
    await secrets.rotate(request({ reason: 'rollback' }));
    expect(payments.seen).toEqual([]);
    await setUp.store.propose('KEY', 'new-key', 'r1');
    await secrets.rotate(request());
    payments.seen.length = 0;
    await secrets.rotate(request({ rotationId: 'r2', reason: 'rollback' }));
    expect(payments.seen).toEqual([]);
    expect(secrets.valueFor(declared('KEY'))?.reveal()).toBe('new-key');
  });

  it('returns to the old value even when a hook fails in the rollback, and says so', async () => {
    const setUp = setUpStore({ KEY: 'old-key' });
    class OneWay {
      @OnSecretRotated('KEY') onKey(_next: SecretValue, _previous: SecretValue, { reason }: RotationContext): void {
        if (reason === 'rollback') throw new Error('no way back');
      }
    }
    const secrets = await setUpModule(setUp, [declared('KEY')], [new OneWay()]);
    await setUp.store.propose('KEY', 'new-key', 'r1');
    await secrets.rotate(request());
    await expect(secrets.rotate(request({ reason: 'rollback' }))).rejects.toThrow(
      "OneWay.onKey failed in the rollback of 'KEY': no way back",
    );
    expect(secrets.valueFor(declared('KEY'))?.reveal()).toBe('old-key');
  });

  it('passes over secrets it does not hold, and a rotation it has already made', async () => {
    const setUp = setUpStore({ KEY: 'old-key', OTHER: 'other' });
    const payments = new Payments();
    const secrets = await setUpModule(setUp, [declared('KEY')], [payments]);
    await secrets.rotate(request({ names: ['OTHER'] }));
    await setUp.store.propose('KEY', 'new-key', 'r1');
    await secrets.rotate(request());
    await secrets.rotate(request());
    expect(payments.seen).toHaveLength(2);
  });

  it('rotates several secrets together: all or none', async () => {
    const setUp = setUpStore({ KEY: 'old-key', LIMIT: '1000' });
    const payments = new Payments();
    const declarations = [declared('KEY'), declared('LIMIT', { as: 'number' })];
    const secrets = await setUpModule(setUp, declarations, [payments, new Refusing()]);
    await setUp.store.propose('KEY', 'new-key', 'r1');
    await setUp.store.propose('LIMIT', '2000', 'r1');
    await expect(secrets.rotate(request({ names: ['LIMIT', 'KEY'] }))).rejects.toThrow('Refusing.refuse');
    expect(declarations.map((each) => secrets.valueFor(each)?.reveal())).toEqual(['old-key', 1000]);
    expect(payments.seen.map(([method, , , reason]) => `${method} ${reason}`)).toEqual([
      'onEither LIMIT rotation',
      'onKey rotation',
      'onEither KEY rotation',
      'onEither KEY rollback',
      'onKey rollback',
      'onEither LIMIT rollback',
    ]);
  });

  it('rejects a rotation whose value the source does not have, or does not give in time', async () => {
    const setUp = setUpStore({ KEY: 'old-key' });
    const silent = new Deferred<undefined>();
    const source: SecretSource = {
      placesOf: () => [],
      get: (name, { rotationId } = {}) =>
        rotationId === undefined
          ? setUp.store.get(name)
          : rotationId === 'gone'
            ? Promise.resolve(undefined)
            : silent.promise,
    };
    const secrets = new ModuleSecrets({ ...setUp, source });
    await secrets.prefetch([declared('KEY')]);
    await expect(secrets.rotate(request({ rotationId: 'gone' }))).rejects.toThrow(
      "there is no proposed value of 'KEY'",
    );
    await expect(secrets.rotate(request({ deadline: inSeconds(0.02) }))).rejects.toThrow(
      'could not be read before the deadline',
    );
  });
});
