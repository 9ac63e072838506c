import type { RotationRecorder, RotationReport } from '../../secrets/index.js';
import type { AuditEvent } from '../audit/audit-entry.js';

/** Writes what rotations come to into the audit log. */
export function auditedRotations(audit: (event: AuditEvent) => Promise<void>): RotationRecorder {
  return {
    decided: (report) => audit({ what: 'rotate', outcome: report.outcome, ...detailsOf(report) }),
    retired: (report, versions) => {
      const isDrained =
        report.credentials.every(({ drainedAt }) => drainedAt !== undefined) &&
        report.modules.every(({ outcome, drainedAt }) => outcome !== 'acknowledged' || drainedAt !== undefined);
      return audit({
        what: 'retire',
        outcome: isDrained ? 'drained' : 'overlap-ended',
        ...detailsOf(report),
        versions,
      });
    },
  };
}

function detailsOf(report: RotationReport): Omit<AuditEvent, 'what' | 'outcome'> {
  const { names, by, versions, rotationId, message, durationMs, modules, credentials } = report;
  return {
    names,
    who: by,
    versions,
    rotationId,
    ...(message === undefined ? {} : { message }),
    durationMs,
    modules,
    credentials,
  };
}
