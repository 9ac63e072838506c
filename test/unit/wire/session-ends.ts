import { type Logger, PyWattError } from '../../../src/foundation/index.js';
import {
  type Channel,
  createMemoryChannels,
  type InitMessage,
  type LineChannelOptions,
  ModulePeer,
  type ModulePeerHandlers,
  ModuleSession,
  type ServiceCallOptions,
  type ServiceConnection,
  type WireJson,
  type WireLimits,
  type WireObserver,
} from '../../../src/wire/index.js';

export const closing: (() => Promise<void>)[] = [];
/** Closes what `connect` and `connectPlain` opened; call it after each test. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0)) await close();
}

export interface Logged {
  readonly level: string;
  readonly message: string;
}

export function recordingLogger(logged: Logged[]): Logger {
  const write = (level: string) => (message: string) => void logged.push({ level, message });
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}

export function service(
  answer: (operation: string, params: WireJson, options?: ServiceCallOptions) => Promise<WireJson>,
  closed: string[] = [],
): ServiceConnection {
  return {
    info: { type: 'sqlite' },
    typedValues: true,
    call: answer,
    close: () => Promise.resolve(void closed.push('closed')),
  };
}

interface PeerParts {
  readonly logged: Logged[];
  readonly stray: string[];
  readonly handlers: Partial<ModulePeerHandlers>;
  readonly redact?: (text: string) => string;
  readonly observer?: WireObserver;
  readonly limits?: Partial<WireLimits>;
}

function newPeer(channel: Channel, { logged, stray, handlers, ...options }: PeerParts): ModulePeer {
  return new ModulePeer(channel, {
    moduleId: 'orders',
    logger: recordingLogger(logged),
    ...options,
    handlers: {
      getSecret: () => Promise.reject(new PyWattError('secret', 'NOT_FOUND', 'no such secret')),
      openService: () => Promise.reject(new PyWattError('database', 'ACCESS_DENIED', 'not granted')),
      requestPort: () => Promise.reject(new Error('no ports')),
      stray: (text) => void stray.push(text),
      ended: () => undefined,
      ...handlers,
    },
  });
}

export async function connect(
  handlers: Partial<ModulePeerHandlers> = {},
  options: LineChannelOptions & {
    readonly redact?: (text: string) => string;
    readonly observer?: WireObserver;
    readonly env?: Record<string, string>;
    readonly limits?: Partial<WireLimits>;
  } = {},
) {
  const { redact, observer, limits, env = { A: '1' }, ...channelOptions } = options;
  const [moduleEnd, orchestratorEnd] = createMemoryChannels(channelOptions);
  const stray: string[] = [];
  const logged: Logged[] = [];
  const peer = newPeer(orchestratorEnd, {
    logged,
    stray,
    handlers,
    ...(redact && { redact }),
    ...(observer && { observer }),
    ...(limits && { limits }),
  });
  closing.push(() => peer.close());
  peer.start({ orchestrator_api: 'http://o', module_id: 'orders', env, listen: '127.0.0.1:1' });
  const opening = ModuleSession.open(moduleEnd, { logger: recordingLogger(logged) });
  const session = await opening;
  // The greeting of the module has arrived.
  await new Promise((resolve) => setImmediate(resolve));
  closing.push(() => session.close());
  return { session, peer, stray, logged, moduleEnd, orchestratorEnd };
}

type ByHand = Record<string, unknown>;

/** An end that writes lines by hand and keeps what came. */
function endByHand(end: Channel, onLine: (line: ByHand) => void = () => undefined) {
  const lines: ByHand[] = [];
  const waiting: { op: string; resolve: (line: ByHand) => void }[] = [];
  end.start({
    onLine: (text) => {
      const line = JSON.parse(text) as ByHand;
      const at = waiting.findIndex(({ op }) => op === line['op']);
      if (at === -1) lines.push(line);
      else waiting.splice(at, 1)[0]!.resolve(line);
      onLine(line);
    },
    onBadLine: () => undefined,
    onEnd: () => undefined,
  });
  return {
    /** What nobody has waited for yet. */
    lines,
    send: (message: object) => end.send(JSON.stringify(message)),
    /** The next line with that op, or one that came already. */
    next: (op: string): Promise<ByHand> => {
      const at = lines.findIndex((line) => line['op'] === op);
      return at === -1
        ? new Promise((resolve) => waiting.push({ op, resolve }))
        : Promise.resolve(lines.splice(at, 1)[0]!);
    },
  };
}

/** A module of ours under an orchestrator that writes lines by hand; a plain Rust one unless `ext` offers extensions. */
export async function connectPlain(
  onLine?: (line: ByHand, send: (message: object) => void) => void,
  options: { readonly ext?: object; readonly init?: object; readonly callTimeoutMs?: number } = {},
) {
  const { ext, init, ...sessionOptions } = options;
  const [moduleEnd, otherEnd] = createMemoryChannels();
  const byHand = endByHand(otherEnd, (line) => onLine?.(line, byHand.send));
  byHand.send({ orchestrator_api: 'o', module_id: 'm', env: {}, listen: '/tmp/x', ...(ext && { ext }), ...init });
  const logged: Logged[] = [];
  const session = await ModuleSession.open(moduleEnd, { logger: recordingLogger(logged), ...sessionOptions });
  closing.push(
    () => session.close(),
    () => otherEnd.close(),
  );
  return { session, logged, otherEnd, ...byHand };
}

/** Our orchestrator over a module that writes lines by hand. */
export async function connectModuleByHand(handlers: Partial<ModulePeerHandlers> = {}, observer?: WireObserver) {
  const [otherEnd, orchestratorEnd] = createMemoryChannels();
  const logged: Logged[] = [];
  const stray: string[] = [];
  const peer = newPeer(orchestratorEnd, { logged, stray, handlers, ...(observer && { observer }) });
  const byHand = endByHand(otherEnd);
  peer.start({ orchestrator_api: 'http://o', module_id: 'orders', env: {}, listen: '127.0.0.1:1' });
  const init = await byHand.next('init');
  closing.push(
    () => peer.close(),
    () => otherEnd.close(),
  );
  return { peer, init: init as unknown as InitMessage, logged, stray, otherEnd, ...byHand };
}

/** The answer of a plain orchestrator that opens what it is asked for. */
export function opened(request: Record<string, unknown>): object {
  const { id, service_type } = request;
  return { op: 'service_response', id, service_type, success: true, connection_id: id };
}
