import type { Class } from '../container/index.js';
import { Deferred, type Logger } from '../foundation/index.js';
import { SecretRedactor } from '../logging/index.js';
import { boot, type BootedModule } from '../module/index.js';
import type { LaunchedModule, ModuleExit, ModuleLauncher } from '../orchestrator/index.js';
import { createMemoryChannels } from '../wire/index.js';
import type { TestPlan } from './test-plan.js';

/** Starts the module of a test inside this process, at the other end of a channel in memory. */
export class InProcessLauncher implements ModuleLauncher {
  readonly #root: Class;
  readonly #plan: TestPlan;
  readonly #logger: Logger;
  readonly #booted = new Deferred<BootedModule>();

  constructor(root: Class, plan: TestPlan, logger: Logger) {
    this.#root = root;
    this.#plan = plan;
    this.#logger = logger;
    this.#booted.promise.catch(() => undefined);
  }

  /** Resolves when the module has booted and announced itself; rejects with the failure of its boot. */
  get booted(): Promise<BootedModule> {
    return this.#booted.promise;
  }

  launch(): Promise<LaunchedModule> {
    const [moduleEnd, orchestratorEnd] = createMemoryChannels();
    const exited = new Deferred<ModuleExit>();
    const stop = () => {
      this.#booted.promise
        .then((module) => module.close())
        .then(
          () => exited.resolve({ code: 0, signal: null }),
          () => exited.resolve({ code: 1, signal: null }),
        );
    };
    const redactor = new SecretRedactor();
    boot(this.#root, {
      detected: { environment: 'proxied', why: 'testModule().proxied()' },
      env: this.#plan.env,
      logger: this.#logger,
      redactor,
      overrides: this.#plan.overrides,
      timeout: this.#plan.timeout,
      synchronize: true,
      maxBody: this.#plan.maxBody,
      streams: this.#plan.streams,
      secrets: () => Promise.reject(new Error('a proxied module has no secrets of its own')),
      channel: () => moduleEnd,
      onStopAsked: stop,
    }).then(
      ({ module, session }) => {
        session?.announce(session.init.listen, module.routes);
        this.#booted.resolve(module);
      },
      (error: unknown) => {
        this.#booted.reject(error);
        exited.resolve({ code: 1, signal: null });
      },
    );
    return Promise.resolve({
      channel: orchestratorEnd,
      pid: undefined,
      errorOutput: undefined,
      exited: exited.promise,
      terminate: stop,
      kill: stop,
    });
  }
}
