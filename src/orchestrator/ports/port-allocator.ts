import { createServer } from 'node:net';
import type { PortRange } from '../config/port-range.js';
import { OrchestratorError } from '../orchestrator-error.js';

/** Whether a server could listen on that port of 127.0.0.1 just now. */
export type PortProbe = (port: number) => Promise<boolean>;

/** More than any module needs; one that asks in a loop must not leave the others without. */
const maxPortsPerOwner = 64;

/**
 * Gives ports of one range to owners. A port is never given twice while its owner lives, and only if binding it worked;
 * another program may still take it before the owner does. The owner then asks again, and as the taken port stays its
 * own, neither it nor anybody else is given that one again.
 */
export class PortAllocator {
  readonly #range: PortRange;
  readonly #probe: PortProbe;
  readonly #owners = new Map<number, string>();
  #next: number;

  constructor(range: PortRange, probe: PortProbe = canListen) {
    this.#range = range;
    this.#probe = probe;
    this.#next = range.first;
  }

  /**
   * A free port, or exactly `specific`, which its owner may ask for again. Throws PORT_TAKEN when that one cannot be
   * had, PORTS_EXHAUSTED when none is left or the owner has 64. Once `signal` has aborted it gives none and throws the
   * reason.
   */
  async allocate(owner: string, specific?: number, signal?: AbortSignal): Promise<number> {
    this.#checkShare(owner);
    if (specific !== undefined) return this.#allocateSpecific(owner, specific, signal);
    const { first, last } = this.#range;
    for (let tried = first; tried <= last; tried++) {
      const port = this.#next;
      // Freed ports come round last: a client of the previous owner should not meet the next one.
      this.#next = port === last ? first : port + 1;
      if (await this.#take(owner, port, signal)) return port;
    }
    throw new OrchestratorError('PORTS_EXHAUSTED', `no port of ${first}-${last} is free: widen ports.range`, {
      retryable: true,
      details: { first, last, given: this.#owners.size },
    });
  }

  /** Notes that `owner` listens on a port that it found by itself. False when that one was given to another. */
  record(owner: string, port: number): boolean {
    const holder = this.#owners.get(port);
    if (holder === undefined) this.#owners.set(port, owner);
    return holder === undefined || holder === owner;
  }

  portsOf(owner: string): number[] {
    return [...this.#owners].filter(([, holder]) => holder === owner).map(([port]) => port);
  }

  /** Takes back every port of an owner that is gone. */
  free(owner: string): void {
    for (const [port, holder] of this.#owners) {
      if (holder === owner) this.#owners.delete(port);
    }
  }

  async #allocateSpecific(owner: string, port: number, signal?: AbortSignal): Promise<number> {
    const { first, last } = this.#range;
    if (!Number.isInteger(port) || port < first || port > last) {
      throw new OrchestratorError(
        'PORT_TAKEN',
        `port ${port} is not one of ${first}-${last}, the ports of this orchestrator`,
      );
    }
    // The answer to its first request may have come too late for it.
    const isOwn = this.#owners.get(port) === owner;
    const isFree = isOwn ? await this.#probe(port) : await this.#take(owner, port, signal);
    if (isFree) return port;
    throw new OrchestratorError('PORT_TAKEN', `port ${port} is in use`, { retryable: true, details: { port } });
  }

  #checkShare(owner: string): void {
    const held = [...this.#owners.values()].filter((holder) => holder === owner).length;
    if (held < maxPortsPerOwner) return;
    throw new OrchestratorError('PORTS_EXHAUSTED', `${owner} has ${held} ports already; one launch may have no more`, {
      details: { owner, held },
    });
  }

  async #take(owner: string, port: number, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    if (this.#owners.has(port)) return false;
    // Taken before it is probed, so that two who ask at once never get the same one.
    this.#owners.set(port, owner);
    const isFree = await this.#probe(port);
    if (!isFree || signal?.aborted) this.#owners.delete(port);
    signal?.throwIfAborted();
    return isFree;
  }
}

export function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
