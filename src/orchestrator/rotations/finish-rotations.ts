import { type Logger, messageOf, withDeadline } from '../../foundation/index.js';
import {
  type ChainedSecretProvider,
  finishRotation,
  type RotationRecord,
  type StoredSecret,
} from '../../secrets/index.js';
import type { AuditEvent } from '../audit/audit-entry.js';
import type { JournalDirectory } from './journal-directory.js';

export interface FinishRotationsOptions {
  readonly journal: JournalDirectory;
  readonly provider: ChainedSecretProvider;
  /** Told of each value that is in force then, with the version it had. */
  readonly expect: (name: string, secret: StoredSecret) => void;
  readonly audit: (event: AuditEvent) => Promise<void>;
  readonly logger: Logger;
  /** How long one rotation may take to be ended. Default 30 s. */
  readonly deadlineMs?: number;
}

/**
 * Ends what an orchestrator that was killed had begun, before any module is started. Resolves with what is not as it
 * should be then, in words. Never rejects.
 */
export async function finishRotations(options: FinishRotationsOptions): Promise<string[]> {
  const { journal, provider, expect, audit, logger, deadlineMs = 30_000 } = options;
  const problems: string[] = [];
  for (const record of await journal.leftovers(logger)) {
    const { rotationId, names, versions } = record;
    try {
      const late = () => new Error(`the provider did not answer within ${deadlineMs} ms`);
      const { outcome, message } = await withDeadline(finishRotation(record, provider), deadlineMs, late);
      const report = { rotationId, names, outcome, reason: message };
      logger[outcome === 'unfinished' ? 'error' : 'warn']('a rotation that a crash interrupted was ended', report);
      if (outcome === 'unfinished') problems.push(`secrets ${names.join(', ')}: ${message}`);
      if (outcome === 'committed')
        for (const name of names) {
          const [value, version] = [await provider.get(name), versions[name]?.to];
          if (value !== undefined && version !== undefined) expect(name, { value, version });
        }
      await audit(entryOf(record, outcome, message));
      await journal.remove(rotationId);
    } catch (error) {
      logger.error('a rotation that a crash interrupted could not be ended; it is tried again at the next start', {
        rotationId,
        names,
        error,
      });
      problems.push(
        `the rotation of ${names.join(', ')} that a crash interrupted could not be ended: ${messageOf(error)}`,
      );
    }
  }
  return problems;
}

function entryOf(
  { rotationId, names, by, versions }: RotationRecord,
  outcome: AuditEvent['outcome'],
  message: string,
): AuditEvent {
  const inForce = Object.entries(versions).map(([name, { from, to }]) => [name, outcome === 'committed' ? to : from]);
  return {
    what: 'rotate',
    names,
    who: by,
    outcome,
    versions: Object.fromEntries(inForce) as Record<string, string>,
    rotationId,
    message,
  };
}
