import type { RotationActor } from '../../secrets/index.js';
import type { AuditEvent } from './audit-entry.js';

const mostRefusals = 100;
const longestName = 256;

/**
 * Keeps which secrets one launch, or one process that came by itself, was given and refused, and records each once, since
 * who asks for ever new names shall not fill the log.
 */
export class AccessAudit {
  readonly #who: RotationActor;
  readonly #audit: ((event: AuditEvent) => void) | undefined;
  readonly #given = new Set<string>();
  readonly #refused = new Set<string>();

  /** `who` is whose access it is. */
  constructor(who: RotationActor, audit: ((event: AuditEvent) => void) | undefined) {
    this.#who = who;
    this.#audit = audit;
  }

  /** Whether it was given that secret. */
  gave(name: string): boolean {
    return this.#given.has(name);
  }

  granted(name: string, version: string): void {
    if (this.#given.has(name)) return;
    this.#given.add(name);
    this.#record(name, 'granted', { versions: { [name]: version } });
  }

  refused(name: string, access: 'read' | 'write'): void {
    const refusal = `${access} ${name}`;
    if (this.#refused.has(refusal) || this.#refused.size >= mostRefusals) return;
    this.#refused.add(refusal);
    const isLast = this.#refused.size === mostRefusals;
    const message = isLast && { message: 'further refusals of this launch are not recorded' };
    this.#record(name, 'refused', { access, ...message });
  }

  #record(name: string, outcome: 'granted' | 'refused', more: Partial<AuditEvent>): void {
    const names = [name.slice(0, longestName)];
    this.#audit?.({ what: 'access', names, who: this.#who, outcome, ...more });
  }
}
