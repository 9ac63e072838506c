import { SecretError, type SecretBrokerOptions } from '../secrets/index.js';
import { AccessAudit } from './audit/access-audit.js';
import type { SecretRotations } from './rotations/secret-rotations.js';

/** What becomes of the secrets that modules read, set, delete or are refused: a rotation, and an entry of the audit log. */
export function secretWrites(
  rotations: SecretRotations,
): Pick<SecretBrokerOptions, 'rotate' | 'written' | 'openBooks' | 'refused'> {
  return {
    rotate: async (moduleId, name, value) => {
      const by = { kind: 'module', id: moduleId } as const;
      const { outcome, message, modules } = await rotations.rotate(new Map([[name, value]]), { by });
      if (outcome === 'committed') return;
      const reasons = modules.flatMap((module) =>
        module.message === undefined ? [] : [`${module.moduleId}: ${module.message}`],
      );
      const why = [...(message === undefined ? [] : [message]), ...reasons].join('; ');
      throw new SecretError('ROTATION_REJECTED', `the new value of '${name}' was not taken: ${why}`, {
        details: { name },
      });
    },
    written: (moduleId, what, name) =>
      rotations.audit({ what, names: [name], who: { kind: 'module', id: moduleId }, outcome: 'done' }),
    openBooks: (moduleId) => new AccessAudit(moduleId, (event) => void rotations.audit(event)),
    refused: (moduleId, name) =>
      void rotations.audit({
        what: 'access',
        names: [name],
        who: { kind: 'module', id: moduleId },
        outcome: 'refused',
      }),
  };
}
