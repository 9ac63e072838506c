import type { Logger } from '../../foundation/index.js';
import type {
  AnnounceMessage,
  Channel,
  InitMessage,
  ModulePeerHandlers,
  OrchestratorMessage,
  WireLimits,
  WireObserver,
} from '../../wire/index.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';
import type { ModuleHttp } from '../gateway/module-http.js';
import type { LaunchedModule } from '../supervisor/module-launcher.js';

export type OpenService = ModulePeerHandlers['openService'];

/** How a launch is watched: how often it is asked whether it lives, and how often it may leave that unanswered. */
export interface WatchLimits {
  readonly intervalMs: number;
  readonly missed: number;
}

export interface HttpFacts {
  /** Where the module said it listens. */
  readonly listen: string;
  readonly observer: WireObserver | undefined;
}

/**
 * What is done otherwise for one launch of a module. A quirk has those of these parts that it needs; all else about the
 * launch stays as it is.
 */
export interface Quirk {
  /** Variables that the module's process is not given. */
  readonly withoutVariables?: readonly string[];
  /** Beside what every init line says. */
  readonly init?: Pick<InitMessage, 'tcp_channel'>;
  readonly watchLimits?: (limits: WatchLimits) => WatchLimits;
  /** One line. Throws `WireError` for what cannot be sent to the module. */
  readonly encode?: (message: OrchestratorMessage) => string;
  /** Something between the session and the channel of the process. */
  channel?(inner: Channel, launched: LaunchedModule): Channel;
  openService?(open: OpenService): OpenService;
  http?(inner: ModuleHttp, facts: HttpFacts): ModuleHttp;
  /** Resolves when an announced module counts as running. */
  ready?(announcement: AnnounceMessage, signal: AbortSignal): Promise<void>;
  /** Watches in place of heartbeats until the returned function is called, or `onSilence` was with what is wrong. */
  watch?(listen: string, limits: WatchLimits, onSilence: (failure: string) => void): () => void;
  /** Asks the module to end; `ask` is what is done otherwise. */
  askToEnd?(launched: LaunchedModule, ask: () => void): void;
  /** The launch is gone. */
  close?(): Promise<void>;
}

export interface QuirkContext {
  readonly config: ModuleConfig;
  /** Adds the module's name to every line. */
  readonly logger: Logger;
  /** The longest message accepted from a module. Default: that of every session. */
  readonly limits?: Pick<WireLimits, 'maxLineBytes'>;
}

/** Makes a quirk ready for one launch, before its process is started. */
export type QuirkFactory = (context: QuirkContext) => Quirk | Promise<Quirk>;
