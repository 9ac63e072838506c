import type { Logger } from '../foundation/index.js';
import { JwtBroker, JwtError, KeyRing, KeyRingIssuer } from '../jwt/index.js';
import type { SecretStore } from '../secrets/index.js';
import type { JwtConfig } from './config/orchestrator-config.js';

export interface JwtBackend {
  readonly broker: JwtBroker;
  /** Takes part in the rotation of the secret with the key. */
  readonly ring: KeyRing;
}

/** The tokens of a configuration, behind their broker. The key is read when a module first signs or verifies one. */
export function openJwt(
  { secret, ...settings }: JwtConfig,
  secrets: SecretStore,
  maySign: (moduleId: string) => boolean,
  logger: Logger,
): JwtBackend {
  const load = async () => {
    // Where it should be is for the log alone, the error goes to a module.
    const failure = (why: string, error?: unknown) => {
      logger.error('the key of tokens could not be read', { secret, lookedFor: secrets.placesOf(secret), error });
      return new JwtError('CONFIGURATION', `the key of tokens, secret '${secret}', ${why}`, { cause: error });
    };
    const found = await secrets.get(secret).catch((error: unknown) => {
      throw failure('cannot be read', error);
    });
    if (!found) throw failure('was not found');
    return found.value;
  };
  const ring = new KeyRing({ algorithm: settings.algorithm, overlapMs: settings.overlapMs, secret, load });
  const issuer = new KeyRingIssuer({ settings, ring });
  return { ring, broker: new JwtBroker({ issuer, maySign, logger }) };
}
