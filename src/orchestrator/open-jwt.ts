import type { Logger } from '../foundation/index.js';
import { JwtBroker, JwtError, KeyRing, KeyRingIssuer } from '../jwt/index.js';
import type { SecretStore } from '../secrets/index.js';
import type { JwtConfig } from './config/orchestrator-config.js';
import { requiredSecret, type SecretNeed } from './required-secret.js';
import type { PreviousValues } from './rotations/previous-values.js';

export interface JwtBackend {
  readonly broker: JwtBroker;
  /** Takes part in the rotation of the secret with the key. */
  readonly ring: KeyRing;
}

/** The tokens of a configuration, behind their broker. The key is read when a module first signs or verifies one. */
export function openJwt(
  { secret, ...settings }: JwtConfig,
  secrets: SecretStore,
  previousValues: Pick<PreviousValues, 'of'>,
  maySign: (moduleId: string) => boolean,
  logger: Logger,
): JwtBackend {
  const need: SecretNeed = {
    secret,
    use: 'the key of tokens',
    error: (message, options) => new JwtError('CONFIGURATION', message, options),
  };
  const load = () => requiredSecret(secrets, need, logger);
  const previous = () => previousValues.of(secret);
  const ring = new KeyRing({ algorithm: settings.algorithm, overlapMs: settings.overlapMs, secret, load, previous });
  const issuer = new KeyRingIssuer({ settings, ring });
  return { ring, broker: new JwtBroker({ issuer, maySign, logger }) };
}
