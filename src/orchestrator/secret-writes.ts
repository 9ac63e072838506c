import { SecretError, type SecretBrokerOptions } from '../secrets/index.js';
import type { SecretRotations } from './rotations/secret-rotations.js';

/** What becomes of the secrets that modules, or other processes, set or delete: a rotation, and an entry of the audit log. */
export function secretWrites(
  rotations: SecretRotations,
  kind: 'module' | 'process',
): Pick<SecretBrokerOptions, 'rotate' | 'written'> {
  return {
    rotate: async (id, name, value) => {
      const by = { kind, id };
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
    written: (id, what, name) => rotations.audit({ what, names: [name], who: { kind, id }, outcome: 'done' }),
  };
}
