import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { bootModule, Module, type OnStart, redactSecrets, Secret, SecretValue } from '@pywatt/sdk';
import { startOrchestrator } from '../../src/orchestrator/index.js';

@Module({ id: 'quotes' })
class QuotesItsSecret implements OnStart {
  @Secret('QUOTED') private readonly secret!: SecretValue;

  onStart(): void {
    throw new Error(`cannot start with ${this.secret.reveal()}`, { cause: { key: this.secret.reveal() } });
  }
}

describe('a program that hides what its modules and orchestrators know', () => {
  it('hides it also in the error with which a boot failed', async () => {
    const env = { PYWATT_SECRET_QUOTED: 'zq-quoted-in-a-failure' };
    const failure = await bootModule(QuotesItsSecret, { environment: 'direct', env }).catch((error: unknown) => error);
    const printed = inspect(failure);
    expect(printed).toContain('cannot start with zq-quoted');
    expect(redactSecrets(printed)).not.toContain('zq-quoted');
  });

  it('hides the secrets of an orchestrator, while it runs and afterwards', async () => {
    const secrets = [{ memory: { OWNED: 'zq-owned-by-an-orchestrator' } }];
    const orchestrator = await startOrchestrator(
      { modules: { unused: { command: 'true' } }, secrets, gateway: false },
      { control: false, launch: false },
    );
    try {
      await orchestrator.rotateSecret('OWNED', 'zq-owned-after-a-rotation');
      expect(redactSecrets('zq-owned-by-an-orchestrator, zq-owned-after-a-rotation')).toBe('[REDACTED], [REDACTED]');
    } finally {
      await orchestrator.close();
    }
    expect(redactSecrets('zq-owned-by-an-orchestrator, zq-owned-after-a-rotation')).toBe('[REDACTED], [REDACTED]');
  });
});
