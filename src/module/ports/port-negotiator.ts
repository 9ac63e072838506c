import { randomInt } from 'node:crypto';
import {
  type Attempt,
  type Logger,
  messageOf,
  portRequestLimits,
  PyWattError,
  Resilience,
} from '../../foundation/index.js';
import { HttpError } from '../../http/index.js';

export interface PortNegotiatorOptions {
  /** Asks the orchestrator for that port, or for any. */
  readonly request: (specific: number | null, signal: AbortSignal) => Promise<number>;
  /** A plain orchestrator may give the same port again; its second request names a random one, as other SDKs do. */
  readonly isPlain: boolean;
  readonly logger: Logger;
}

export interface WantedPort {
  /** The only port that will do. */
  readonly specific?: number | undefined;
  /** The one the orchestrator has set aside already. */
  readonly allocated?: number | undefined;
}

/** Listens on a port; rejects with LISTEN_FAILED, the system's reason in `details.errno`. */
export type Bind<T> = (port: number) => Promise<T>;

/** Where a module listens when its orchestrator gives it no port. */
const fallbackPorts = { first: 10_000, count: 1_000 };

/**
 * Finds a port for a module under an orchestrator. A port counts only once it is bound: between being given and being
 * bound it may be taken by any program, and then the next one is tried.
 */
export class PortNegotiator {
  readonly #options: PortNegotiatorOptions;
  #resilience: Promise<Resilience> | undefined;

  constructor(options: PortNegotiatorOptions) {
    this.#options = options;
  }

  /**
   * Binds, in this order: the port set aside; up to three that the orchestrator is asked for; when it does not give one
   * that can be used, a free one of 10000-10999. A `specific` port is asked for as such, nothing else stands in for it,
   * and it is bound without leave only if the orchestrator does not answer. Rejects with LISTEN_FAILED, or with
   * CHANNEL_CLOSED when the orchestrator is gone.
   */
  async listen<T>(bind: Bind<T>, { specific, allocated }: WantedPort): Promise<T> {
    const { logger } = this.#options;
    if (allocated !== undefined && (specific ?? allocated) === allocated) {
      const bound = await unlessTaken(bind, allocated);
      if (bound) return bound.value;
      logger.warn('the port set aside for this module is taken; asking for another', { port: allocated });
    }
    try {
      return await this.#negotiate(bind, specific);
    } catch (error) {
      if (!isWithoutPort(error)) throw error;
      logger.warn('the orchestrator gave no port that can be used', { error });
      return specific === undefined ? await bindFallback(bind) : await bindUnasked(bind, specific, error);
    }
  }

  async #negotiate<T>(bind: Bind<T>, specific: number | undefined): Promise<T> {
    const resilience = await (this.#resilience ??= Resilience.create(portRequestLimits));
    return resilience.run(async (attempt) => bind(await this.#ask(attempt, specific)), isWithoutPort);
  }

  #ask(attempt: Attempt, specific: number | undefined): Promise<number> {
    const { request, isPlain } = this.#options;
    const wanted = specific ?? (isPlain && attempt.number === 2 ? randomInt(8_000, 9_000) : null);
    return attempt.call('port request', (signal) => request(wanted, signal));
  }
}

/** Whether there may still be a port elsewhere: not when the address is wrong, or the orchestrator gone. */
function isWithoutPort(error: unknown): boolean {
  if (!PyWattError.is(error)) return false;
  return error.code === 'LISTEN_FAILED' ? isTaken(error) : error.code !== 'CHANNEL_CLOSED';
}

/** Whether it is for this port alone that binding failed. */
function isTaken(error: unknown): boolean {
  const errno = PyWattError.is(error) && error.code === 'LISTEN_FAILED' ? error.details['errno'] : undefined;
  return errno === 'EADDRINUSE' || errno === 'EACCES';
}

async function unlessTaken<T>(bind: Bind<T>, port: number): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await bind(port) };
  } catch (error) {
    if (isTaken(error)) return undefined;
    throw error;
  }
}

/** Binding is the test. It begins anywhere, so that modules that fall back together seldom meet. */
async function bindFallback<T>(bind: Bind<T>): Promise<T> {
  const { first, count } = fallbackPorts;
  const start = randomInt(count);
  for (let tried = 0; tried < count; tried += 1) {
    const bound = await unlessTaken(bind, first + ((start + tried) % count));
    if (bound) return bound.value;
  }
  throw new HttpError(
    'LISTEN_FAILED',
    `cannot listen: the orchestrator gave no port, and ${first}-${first + count - 1} are all taken`,
    { details: { first, last: first + count - 1 } },
  );
}

async function bindUnasked<T>(bind: Bind<T>, port: number, reason: unknown): Promise<T> {
  const isUnanswered = PyWattError.is(reason) && (reason.code === 'CALL_TIMEOUT' || reason.code === 'CIRCUIT_OPEN');
  if (isUnanswered) return bind(port);
  if (isTaken(reason)) throw reason;
  throw new HttpError(
    'LISTEN_FAILED',
    `cannot listen on port ${port}: the orchestrator does not give it (${messageOf(reason)}); set PORT to another, or unset it for any`,
    { details: { port }, cause: reason },
  );
}
