import { SecretBroker, type SecretBrokerOptions } from '../../secrets/index.js';
import type { WireLimits } from '../../wire/index.js';
import type { StandaloneConfig } from '../config/standalone-config.js';
import { StandaloneServer, type StandaloneServerOptions } from './standalone-server.js';

/** Listens as the configuration says, with the grants it makes. The caller closes it. */
export function startStandalone(
  config: StandaloneConfig,
  options: Omit<SecretBrokerOptions, 'access'> & Pick<StandaloneServerOptions, 'audit' | 'previous'>,
  limits: WireLimits,
): Promise<StandaloneServer> {
  const access = {
    mayRead: (_process: string, name: string) => config.secrets.has(name),
    mayWrite: (_process: string, name: string) => config.secrets.get(name) === 'write',
  };
  const broker = new SecretBroker({ ...options, access });
  return StandaloneServer.start({ ...options, config, broker, limits });
}
