import type { AuditEvent } from './audit-entry.js';

const mostRefusals = 100;
const longestName = 256;

/**
 * Keeps which secrets one launch, one connection or one process that came by itself was given and refused, and records
 * each once, since who asks for ever new names shall not fill the log.
 */
export class AccessAudit {
  readonly #id: string;
  readonly #audit: ((event: AuditEvent) => void) | undefined;
  readonly #given = new Set<string>();
  readonly #refused = new Set<string>();

  /** `id` is whose access it is. */
  constructor(id: string, audit: ((event: AuditEvent) => void) | undefined) {
    this.#id = id;
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

  refused(name: string): void {
    if (this.#refused.has(name) || this.#refused.size >= mostRefusals) return;
    this.#refused.add(name);
    const isLast = this.#refused.size === mostRefusals;
    this.#record(name, 'refused', isLast ? { message: 'further refusals of this launch are not recorded' } : {});
  }

  #record(name: string, outcome: 'granted' | 'refused', more: Pick<AuditEvent, 'versions' | 'message'>): void {
    const who = { kind: 'module', id: this.#id } as const;
    this.#audit?.({ what: 'access', names: [name.slice(0, longestName)], who, outcome, ...more });
  }
}
