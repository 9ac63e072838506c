import { describe, expect, it } from '@jest/globals';
import {
  ModuleSecrets,
  OnSecretRotated,
  type RotationContext,
  type SecretSource,
  type SecretValue,
} from '../../../src/secrets/index.js';
import { declared, setUpStore } from './secrets-set-up.js';

class Payments {
  readonly seen: string[] = [];
  readonly rotations: RotationContext[] = [];
  refuses = false;

  @OnSecretRotated('KEY', 'HOOK')
  onAny(_next: SecretValue, _previous: SecretValue, context: RotationContext): void {
    this.rotations.push(context);
  }

  @OnSecretRotated('KEY')
  onKey(next: SecretValue, previous: SecretValue, { reason }: { reason: string }): void {
    this.seen.push(`${reason}: ${previous.reveal()} to ${next.reveal()}`);
    if (this.refuses && reason === 'rotation') throw new Error(`cannot log in with ${next.reveal()}`);
  }
}

/** A module whose source may be another one's later, with versions of its own. */
async function setUp(values: Record<string, string>) {
  const { redactor, logger, lines } = setUpStore({});
  let version = 0;
  const source: SecretSource = {
    get: async (name) => {
      const value = values[name];
      version += 1;
      return value === undefined ? undefined : { value, version: `v${version}` };
    },
    placesOf: () => [],
  };
  const secrets = new ModuleSecrets({ source, redactor, logger });
  const [key, hook] = [declared('KEY'), declared('HOOK', { default: 'none' })];
  await secrets.prefetch([key, hook]);
  const payments = new Payments();
  secrets.addHooks(payments);
  return { secrets, payments, values, lines, key: secrets.valueFor(key)!, hook: secrets.valueFor(hook)! };
}

describe('secrets that are read again', () => {
  it('take a new version without their hooks when the value is the same', async () => {
    const { secrets, payments, key } = await setUp({ KEY: 'first-key' });
    const before = key.version;
    await secrets.refresh();
    expect([key.reveal(), payments.seen]).toEqual(['first-key', []]);
    expect(key.version).not.toBe(before);
  });

  it('run their hooks as in a rotation when the value differs, then switch, one from its default, too', async () => {
    const { secrets, payments, values, key, hook, lines } = await setUp({ KEY: 'first-key' });
    Object.assign(values, { KEY: 'second-key', HOOK: 'a-hook' });
    await secrets.refresh();
    expect([key.reveal(), hook.reveal()]).toEqual(['second-key', 'a-hook']);
    expect(payments.seen).toEqual(['rotation: first-key to second-key']);
    expect(lines.join('')).not.toContain('second-key');
  });

  it('stay as they are when a hook refuses, or when they are gone, which is logged', async () => {
    const { secrets, payments, values, key, lines } = await setUp({ KEY: 'first-key' });
    payments.refuses = true;
    values['KEY'] = 'second-key';
    await secrets.refresh();
    delete values['KEY'];
    await secrets.refresh();
    expect(key.reveal()).toBe('first-key');
    const errors = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['level'] === 'error');
    expect(errors).toHaveLength(2);
    expect(JSON.stringify(errors)).toMatch(/ROTATION_REJECTED.*NOT_FOUND/);
    expect(JSON.stringify(errors)).not.toContain('second-key');
  });

  it('that changed together rotate together: all of them, or none when a hook refuses one', async () => {
    const { secrets, payments, values, key, hook } = await setUp({ KEY: 'first-key', HOOK: 'first-hook' });
    Object.assign(values, { KEY: 'second-key', HOOK: 'second-hook' });
    payments.refuses = true;
    await secrets.refresh();
    expect([key.reveal(), hook.reveal()]).toEqual(['first-key', 'first-hook']);
    payments.refuses = false;
    payments.rotations.length = 0;
    await secrets.refresh();
    expect(payments.rotations.map(({ name }) => name)).toEqual(['HOOK', 'KEY']);
    expect(new Set(payments.rotations.map(({ rotationId }) => rotationId)).size).toBe(1);
    expect([key.reveal(), hook.reveal()]).toEqual(['second-key', 'second-hook']);
  });

  it('that cannot be used any more hold up no others', async () => {
    const { secrets, values, key, hook, lines } = await setUp({ KEY: 'first-key', HOOK: 'first-hook' });
    values['KEY'] = 'x';
    values['HOOK'] = 'second-hook';
    await secrets.refresh();
    expect([key.reveal(), hook.reveal()]).toEqual(['first-key', 'second-hook']);
    expect(lines.join('')).toContain('INVALID');
  });
});
