import type { Duplex } from 'node:stream';
import { type ErrorCode, PyWattError, sleep } from '../foundation/index.js';
import { connectTool, type OrchestratorConfig, OrchestratorError, startOrchestrator } from '../orchestrator/index.js';

type StartOptions = NonNullable<Parameters<typeof startOrchestrator>[1]>;

/** How long one that stops may take until its place is free. */
const patienceMs = 10_000;
const pauseMs = 100;

/**
 * The orchestrator that runs with a configuration, or one that runs only for this process and for those that come
 * meanwhile. Where another's ends before anything was begun, the next one takes its place.
 */
export class OrchestratorAccess implements AsyncDisposable {
  readonly #config: OrchestratorConfig;
  readonly #options: StartOptions;
  #own: AsyncDisposable | undefined;

  constructor(config: OrchestratorConfig, options: StartOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** Does `work` with what connects to it on behalf of a module. */
  async use<T>(moduleId: string, work: (connect: () => Promise<Duplex>) => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      this.#own ??= await this.#start();
      try {
        return await work(() => connectTool(this.#config.stateDirectory, moduleId));
      } catch (error) {
        const isToCome = isCode(error, 'NOT_RUNNING') && performance.now() < giveUpAt;
        // What had begun fails with another code.
        const mayGoOn = isToCome || (isCode(error, 'CONNECTION') && cameOfTheEnd(error));
        if (this.#own !== undefined || !mayGoOn) throw error;
      }
      await sleep(pauseMs);
    }
  }

  /** Others that came to it finish first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own?.[Symbol.asyncDispose]();
  }

  /** Undefined when one runs already. */
  async #start(): Promise<AsyncDisposable | undefined> {
    try {
      return await startOrchestrator({ ...this.#config, gateway: undefined }, { ...this.#options, launch: false });
    } catch (error) {
      if (error instanceof OrchestratorError && error.code === 'ALREADY_RUNNING') return undefined;
      throw error;
    }
  }
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return PyWattError.is(error) && error.code === code;
}

/** Whether the session with the orchestrator had ended, and with it the connection to the database. */
function cameOfTheEnd(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return isCode(error, 'CHANNEL_CLOSED') || cameOfTheEnd(error.cause);
}
