import type { AnnounceMessage, InitMessage, ModulePeerHandlers, OrchestratorMessage } from '../../wire/index.js';
import type { ModuleHttp } from '../gateway/module-http.js';
import type { LaunchedModule, LaunchOptions } from '../supervisor/module-launcher.js';
import type { HttpFacts, Quirk, QuirkContext, WatchLimits } from './quirk.js';
import { quirks } from './quirks.js';

/** All quirks of one launch as one. Without any it changes nothing. Whoever opened it closes it. */
export class Hosting {
  readonly #quirks: readonly Quirk[];

  constructor(applied: readonly Quirk[] = []) {
    this.#quirks = applied;
  }

  /** What the configuration of a module asks for, ready for its next launch. */
  static async open(context: QuirkContext): Promise<Hosting> {
    const opened: Quirk[] = [];
    try {
      // In the order of the table, not of the configuration: the order is how they fit together.
      for (const [name, create] of quirks) {
        if (context.config.quirks.has(name)) opened.push(await create(context));
      }
      return new Hosting(opened);
    } catch (error) {
      await new Hosting(opened).close();
      throw error;
    }
  }

  get launchOptions(): LaunchOptions {
    return { withoutVariables: this.#quirks.flatMap(({ withoutVariables = [] }) => withoutVariables) };
  }

  get init(): Pick<InitMessage, 'tcp_channel'> {
    return Object.assign({}, ...this.#quirks.map(({ init }) => init)) as Pick<InitMessage, 'tcp_channel'>;
  }

  /** How messages to the module are written; undefined: as the session does. */
  get encode(): ((message: OrchestratorMessage) => string) | undefined {
    return this.#quirks.find(({ encode }) => encode)?.encode;
  }

  watchLimits(limits: WatchLimits): WatchLimits {
    return this.#quirks.reduce((given, { watchLimits }) => watchLimits?.(given) ?? given, limits);
  }

  host(launched: LaunchedModule): LaunchedModule {
    const channel = this.#quirks.reduce((inner, quirk) => quirk.channel?.(inner, launched) ?? inner, launched.channel);
    return channel === launched.channel ? launched : { ...launched, channel };
  }

  handlers<H extends Pick<ModulePeerHandlers, 'openService'>>(handlers: H): H {
    const openService = this.#quirks.reduce(
      (open, quirk) => quirk.openService?.(open) ?? open,
      handlers.openService.bind(handlers),
    );
    return { ...handlers, openService };
  }

  http(http: ModuleHttp, facts: HttpFacts): ModuleHttp {
    return this.#quirks.reduce((inner, quirk) => quirk.http?.(inner, facts) ?? inner, http);
  }

  async ready(announcement: AnnounceMessage, signal: AbortSignal): Promise<void> {
    await Promise.all(this.#quirks.map(async (quirk) => quirk.ready?.(announcement, signal)));
  }

  /** Undefined: no quirk watches, heartbeats do. */
  watch(listen: string, limits: WatchLimits, onSilence: (failure: string) => void): (() => void) | undefined {
    const watching = this.#quirks.find((quirk) => quirk.watch !== undefined);
    return watching?.watch?.(listen, limits, onSilence);
  }

  askToEnd(launched: LaunchedModule, ask: () => void): void {
    const asking = this.#quirks.reduce<() => void>(
      (inner, quirk) => (quirk.askToEnd ? () => quirk.askToEnd?.(launched, inner) : inner),
      ask,
    );
    asking();
  }

  async close(): Promise<void> {
    await Promise.all(this.#quirks.map(async (quirk) => quirk.close?.()));
  }
}
