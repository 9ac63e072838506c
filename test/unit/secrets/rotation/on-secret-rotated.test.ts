import { describe, expect, it } from '@jest/globals';
import { decoratorProblems } from '../../../../src/container/index.js';
import {
  OnSecretRotated,
  rotatedSecretNames,
  type RotationContext,
  type SecretValue,
} from '../../../../src/secrets/index.js';
import { rotationHooksOf } from '../../../../src/secrets/rotation/on-secret-rotated.js';

class Base {
  @OnSecretRotated('A')
  onA(_next: SecretValue, _previous: SecretValue, _context: RotationContext): void {}
}

class Service extends Base {
  @OnSecretRotated('B', 'C')
  onBoth(_next: SecretValue): void {}

  @OnSecretRotated('B')
  async onB(): Promise<void> {}
}

describe('@OnSecretRotated', () => {
  it('records several names and several methods, those of base classes first', () => {
    expect(rotationHooksOf(Service)).toEqual([
      { names: ['A'], method: 'onA' },
      { names: ['B', 'C'], method: 'onBoth' },
      { names: ['B'], method: 'onB' },
    ]);
    expect(rotationHooksOf(Base)).toHaveLength(1);
    expect(rotatedSecretNames([Base, Service])).toEqual(['A', 'B', 'C']);
  });

  it('reports use without a name, on a static method and on a property', () => {
    class Wrong {
      @OnSecretRotated() nameless(): void {}
      @OnSecretRotated('A') static onClass(): void {}
      @OnSecretRotated('A') property = 1;
    }
    expect(decoratorProblems.of(Wrong).map(({ code, where, message }) => [code, where, message.split(';')[0]])).toEqual(
      expect.arrayContaining([
        ['BAD_DECORATOR', 'Wrong.nameless', expect.stringContaining('needs the names of secrets')],
        ['BAD_DECORATOR', 'Wrong.onClass', '@OnSecretRotated stands on a static member'],
        ['BAD_DECORATOR', 'Wrong.property', '@OnSecretRotated stands on something that is not a method'],
      ]),
    );
    expect(rotationHooksOf(Wrong)).toEqual([]);
  });
});
