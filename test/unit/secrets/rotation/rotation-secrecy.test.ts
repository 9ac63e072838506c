import { describe, expect, it } from '@jest/globals';
import { type CredentialUser, Deferred } from '../../../../src/foundation/index.js';
import { SecretRedactor } from '../../../../src/logging/index.js';
import {
  OnSecretRotated,
  RotationCoordinator,
  type SecretValue,
  shortSecretWarning,
} from '../../../../src/secrets/index.js';
import { declared, inSeconds, setUpModule, setUpStore } from '../secrets-set-up.js';
import { coordinate, moduleIn } from './rotation-set-up.js';

describe('a rotation', () => {
  it('hides what it refused, or what a module refused, only as long as what was retired', async () => {
    const redactor = new SecretRedactor({ keepRetired: '1ms' });
    const setUp = { ...setUpStore({ KEY: 'old-value' }, { redactor }), redactor };
    const orders = await moduleIn(setUp, 'orders');
    const coordinator = coordinate(setUp, [orders.participant]);
    orders.recorder.hook = (next) => {
      if (next.reveal() === 'refused-by-a-hook') throw new Error('no');
    };
    await expect(coordinator.rotate('OTHER', 'of-no-secret-at-all')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await coordinator.rotate('KEY', 'refused-by-a-hook')).toMatchObject({ outcome: 'rejected' });
    while (redactor.size > 1) await new Promise((done) => setTimeout(done, 5));
    expect(redactor.redact('old-value of-no-secret-at-all')).toBe('[REDACTED] of-no-secret-at-all');
  });

  it('tells why a hook refused it, whatever its error has for a name and a stack', async () => {
    const setUp = setUpStore({ KEY: 'old-value' });
    const orders = await moduleIn(setUp, 'orders');
    const coordinator = coordinate(setUp, [orders.participant]);
    orders.recorder.hook = () => {
      throw Object.assign(new Error('no'), { name: undefined, stack: 7 });
    };
    const report = await coordinator.rotate('KEY', 'new-value');
    expect(report.modules).toMatchObject([{ moduleId: 'orders', outcome: 'rejected' }]);
    expect(report.modules[0]?.message).toMatch(/rejected the rotation of 'KEY': no$/);
  });

  it('hides what a provider has and a module refused until the provider has another value', async () => {
    const redactor = new SecretRedactor({ keepRetired: '1ms' });
    const setUp = { ...setUpStore({ KEY: 'old-value' }, { redactor }), redactor };
    const orders = await moduleIn(setUp, 'orders');
    const coordinator = coordinate(setUp, [orders.participant]);
    orders.recorder.hook = (next) => {
      if (next.reveal().startsWith('refused')) throw new Error('no');
    };
    const adopt = async (value: string) => {
      await setUp.memory.set('KEY', value);
      return (await coordinator.adopt(['KEY']))?.outcome;
    };
    const shown = async (size: number) => {
      do await new Promise((done) => setTimeout(done, 20));
      while (redactor.size > size);
      return redactor.redact('refused-one refused-two old-value new-value');
    };
    expect([await adopt('refused-one'), await adopt('refused-two')]).toEqual(['rejected', 'rejected']);
    expect(await shown(2)).toBe('refused-one [REDACTED] [REDACTED] new-value');
    expect(await adopt('old-value')).toBeUndefined();
    expect(await shown(1)).toBe('refused-one refused-two [REDACTED] new-value');
    await adopt('refused-two');
    expect(await adopt('new-value')).toBe('committed');
    expect(await shown(1)).toBe('refused-one refused-two old-value [REDACTED]');
  });

  it('hides a value in a module that is rotated back to, also when the rotation before it ends in between', async () => {
    const redactor = new SecretRedactor({ keepRetired: '1ms' });
    const { store, logger } = setUpStore({ KEY: 'first-value' });
    const [called, goOn] = [new Deferred<void>(), new Deferred<void>()];
    class Keeper {
      @OnSecretRotated('KEY')
      onKey(next: SecretValue): Promise<void> | undefined {
        if (next.reveal() !== 'first-value') return undefined;
        called.resolve();
        return goOn.promise;
      }
    }
    const secrets = await setUpModule({ store, redactor, logger }, [declared('KEY')], [new Keeper()]);
    const rotate = async (rotationId: string, value: string) => {
      const proposal = await store.propose('KEY', value, rotationId);
      const [deadline, overlapUntil] = [inSeconds(10), inSeconds(60)];
      await secrets.rotate({ names: ['KEY'], rotationId, reason: 'rotation', deadline, overlapUntil });
      proposal.enforce();
      proposal.withdraw();
    };
    await rotate('r1', 'second-value');
    const back = rotate('r2', 'first-value');
    await called.promise;
    await secrets.settle('r1');
    goOn.resolve();
    await back;
    await secrets.settle('r2');
    while (redactor.size > 1) await new Promise((done) => setTimeout(done, 5));
    expect(redactor.redact('first-value second-value')).toBe('[REDACTED] second-value');
    secrets.close();
  });

  it('says in its log what logs in with the secret, which no key hides', async () => {
    const setUp = setUpStore({ KEY: 'old-value' });
    const user: CredentialUser = {
      name: 'database main',
      secret: 'KEY',
      prepare: async () => ({
        activate: () => undefined,
        retire: async () => undefined,
        abandon: async () => undefined,
      }),
    };
    const coordinator = new RotationCoordinator({ ...setUp, participants: () => [], credentialUsers: () => [user] });
    await coordinator.rotate('KEY', 'new-value');
    const line = setUp.lines.find((each) => each.includes('secret rotation committed')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({
      logins: [{ name: 'database main', secretName: 'KEY', outcome: expect.any(String) }],
    });
  });

  it('says in its log which version a secret has whose name hides what stands under it, and warns of a short value', async () => {
    const setUp = setUpStore({ API_KEY: 'old-value' });
    const { version } = await coordinate(setUp, []).rotate('API_KEY', 'qwzx1');
    const said = (message: string) =>
      setUp.lines.map((each) => JSON.parse(each) as Record<string, unknown>).find(({ msg }) => msg === message);
    expect(said('secret rotation committed')).toMatchObject({ versions: [`API_KEY ${version}`] });
    expect(said(shortSecretWarning)).toMatchObject({ level: 'warn', name: 'API_KEY' });
    expect(setUp.lines.join()).not.toContain('qwzx1');
  });
});
