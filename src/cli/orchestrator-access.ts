import type { Duplex } from 'node:stream';
import { PyWattError, sleep } from '../foundation/index.js';
import { connectTool, type OrchestratorConfig, OrchestratorError, startOrchestrator } from '../orchestrator/index.js';

type StartOptions = NonNullable<Parameters<typeof startOrchestrator>[1]>;

/** What is done with what an orchestrator gives a module. */
interface Use<Opened, T> {
  readonly open: (connect: () => Promise<Duplex>) => Promise<Opened>;
  readonly work: (opened: Opened) => Promise<T>;
}

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

  async use<Opened extends { close(): Promise<void> }, T>(moduleId: string, use: Use<Opened, T>): Promise<T> {
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      this.#own ??= await this.#start();
      let hasEnded = false;
      let isLost = false;
      const connect = async (): Promise<Duplex> => {
        const socket = await connectTool(this.#config.stateDirectory, moduleId);
        for (const event of ['end', 'error', 'close']) socket.once(event, () => (hasEnded = true));
        return socket;
      };
      try {
        const opened = await use.open(connect);
        try {
          return await use.work(opened);
        } catch (error) {
          isLost = hasEnded;
          throw error;
        } finally {
          await opened.close();
        }
      } catch (error) {
        const { code } = PyWattError.is(error) ? error : {};
        // What had begun fails with another code.
        const mayGoOn = isLost ? code === 'CONNECTION' : code === 'NOT_RUNNING' && performance.now() < giveUpAt;
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
