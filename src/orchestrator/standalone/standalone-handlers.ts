import { type Logger, WireError } from '../../foundation/index.js';
import { type SecretBroker, SecretError, secretService, type SecretStore } from '../../secrets/index.js';
import type { ModulePeerHandlers } from '../../wire/index.js';
import type { AccessAudit } from '../audit/access-audit.js';
import type { StandaloneConfig } from '../config/standalone-config.js';

export interface StandaloneHandlersOptions {
  readonly config: StandaloneConfig;
  readonly store: SecretStore;
  readonly broker: SecretBroker;
  /** What the process is called in logs. */
  readonly id: string;
  /** Which secrets it was given and refused. */
  readonly accesses: AccessAudit;
  readonly logger: Logger;
}

/** What a process that was not started by the orchestrator is given: the secrets of `standalone`, and nothing else. */
export function standaloneHandlers(
  { config, store, broker, id, accesses, logger }: StandaloneHandlersOptions,
  ended: () => void,
): ModulePeerHandlers {
  const reader = { moduleId: id, books: accesses, grantedUnder: 'standalone.secrets' };
  return {
    async getSecret({ name }) {
      if (!config.secrets.has(name)) {
        accesses.refused(name, 'read');
        logger.warn('access refused', { kind: 'secret', name, access: 'read' });
        const message = `the secret '${name}' is not among standalone.secrets of the orchestrator`;
        throw new SecretError('ACCESS_DENIED', message, { details: { name } });
      }
      const secret = await store.get(name);
      if (secret) {
        accesses.granted(name, secret.version);
        return secret;
      }
      throw new SecretError('NOT_FOUND', `there is no secret '${name}'`, { details: { name } });
    },
    async openService(type) {
      const isOurs =
        typeof type === 'object' && typeof secretService === 'object' && type.Custom === secretService.Custom;
      if (isOurs) return broker.open(reader);
      throw new WireError('PEER_REFUSED', 'a process of its own is given secrets, and nothing else');
    },
    requestPort: () => Promise.reject(new WireError('PEER_REFUSED', 'a process of its own is given no ports')),
    stray: (text, reason) => logger.warn('a process sent what is no message', { reason, bytes: text.length }),
    ended,
  };
}
