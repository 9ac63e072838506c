import { createServer } from 'node:net';
import type { PortRange } from '../config/port-range.js';
import { OrchestratorError } from '../orchestrator-error.js';

/** Whether a server could listen on that port of 127.0.0.1 just now. */
export type PortProbe = (port: number) => Promise<boolean>;

/**
 * Gives ports of one range to owners. A port is never given twice while its owner lives, and only if binding it worked;
 * another program may still take it before the owner does.
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

  /** A free port, or exactly `specific`. Throws PORT_TAKEN when that one cannot be had, PORTS_EXHAUSTED when none is left. */
  async allocate(owner: string, specific?: number): Promise<number> {
    if (specific !== undefined) return this.#allocateSpecific(owner, specific);
    const { first, last } = this.#range;
    for (let tried = first; tried <= last; tried++) {
      const port = this.#next;
      // Freed ports come round last: a client of the previous owner should not meet the next one.
      this.#next = port === last ? first : port + 1;
      if (await this.#take(owner, port)) return port;
    }
    throw new OrchestratorError('PORTS_EXHAUSTED', `no port of ${first}-${last} is free: widen ports.range`, {
      retryable: true,
      details: { first, last, given: this.#owners.size },
    });
  }

  /** Takes back every port of an owner that is gone. */
  free(owner: string): void {
    for (const [port, holder] of this.#owners) {
      if (holder === owner) this.#owners.delete(port);
    }
  }

  async #allocateSpecific(owner: string, port: number): Promise<number> {
    const { first, last } = this.#range;
    if (!Number.isInteger(port) || port < first || port > last) {
      throw new OrchestratorError(
        'PORT_TAKEN',
        `port ${port} is not one of ${first}-${last}, the ports of this orchestrator`,
      );
    }
    if (await this.#take(owner, port)) return port;
    throw new OrchestratorError('PORT_TAKEN', `port ${port} is in use`, { retryable: true, details: { port } });
  }

  async #take(owner: string, port: number): Promise<boolean> {
    if (this.#owners.has(port)) return false;
    // Taken before it is probed, so that two who ask at once never get the same one.
    this.#owners.set(port, owner);
    const isFree = await this.#probe(port);
    if (!isFree) this.#owners.delete(port);
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
