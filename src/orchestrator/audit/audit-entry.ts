import { createHash } from 'node:crypto';
import { isJsonObject } from '../../foundation/index.js';
import type { CredentialRotation, ModuleRotation, RotationActor } from '../../secrets/index.js';

/** Something that was done with a secret, or refused. Never holds a value. */
export interface AuditEvent {
  /**
   * `rotate`: a rotation was decided. `retire`: nothing uses its old value any more, or its overlap ended. `access`: a
   * launch of a module, or a run of another process, was given the secret, or refused it. `set`, `delete`: written or deleted without a rotation.
   */
  readonly what: 'rotate' | 'retire' | 'access' | 'set' | 'delete';
  readonly names: readonly string[];
  readonly who: RotationActor;
  readonly outcome:
    | 'committed'
    | 'rejected'
    | 'unfinished'
    | 'drained'
    | 'overlap-ended'
    | 'granted'
    | 'refused'
    | 'done';
  /** Of each name, the version in force then; of `retire` the one that is over. */
  readonly versions?: Readonly<Record<string, string>>;
  /** What was refused. */
  readonly access?: 'read' | 'write';
  readonly rotationId?: string;
  /** Why, redacted. */
  readonly message?: string;
  readonly durationMs?: number;
  readonly modules?: readonly ModuleRotation[];
  readonly credentials?: readonly CredentialRotation[];
}

/** One line of the audit log. */
export interface AuditEntry extends AuditEvent {
  /** Counts from 1 without a gap. */
  readonly seq: number;
  readonly at: string;
  /** The hash of the line before. */
  readonly prev: string;
  /** SHA-256 of this line without its hash, in hex. */
  readonly hash: string;
}

/** What the first line of a log follows. */
export const noHash = '0'.repeat(64);

/** An entry as it stands in the log, without the end of line, and its hash. */
export function writeEntry(entry: Omit<AuditEntry, 'hash'>): { readonly line: string; readonly hash: string } {
  const text = JSON.stringify(entry);
  const hash = hashOf(text);
  return { line: `${text.slice(0, -1)},"hash":"${hash}"}`, hash };
}

/** The entry in a line; undefined when it is none. `isIntact` says whether it is what was written. */
export function readEntry(line: string): { readonly entry: AuditEntry; readonly isIntact: boolean } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { seq, at, prev, hash, names } = value;
  const isEntry = Number.isSafeInteger(seq) && [at, prev].every((field) => typeof field === 'string');
  if (!isEntry || typeof hash !== 'string' || !Array.isArray(names)) return undefined;
  const tail = `,"hash":"${hash}"}`;
  const isIntact = line.endsWith(tail) && hashOf(`${line.slice(0, -tail.length)}}`) === hash;
  return { entry: value as unknown as AuditEntry, isIntact };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
