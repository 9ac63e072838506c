import { describe, expect, it } from '@jest/globals';
import type { CredentialUser } from '../../../../src/foundation/index.js';
import { SecretRedactor } from '../../../../src/logging/index.js';
import { RotationCoordinator, shortSecretWarning } from '../../../../src/secrets/index.js';
import { setUpStore } from '../secrets-set-up.js';
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
