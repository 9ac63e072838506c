import { type JsonValue, type Logger, PyWattError } from '../../../src/foundation/index.js';
import {
  createMemoryChannels,
  type LineChannelOptions,
  ModulePeer,
  type ModulePeerHandlers,
  ModuleSession,
  type ServiceConnection,
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
  answer: (operation: string, params: JsonValue) => Promise<JsonValue>,
  closed: string[] = [],
): ServiceConnection {
  return {
    info: { type: 'sqlite' },
    typedValues: true,
    call: answer,
    close: () => Promise.resolve(void closed.push('closed')),
  };
}

export async function connect(
  handlers: Partial<ModulePeerHandlers> = {},
  options: LineChannelOptions & { readonly redact?: (text: string) => string; readonly observer?: WireObserver } = {},
) {
  const { redact, observer, ...channelOptions } = options;
  const [moduleEnd, orchestratorEnd] = createMemoryChannels(channelOptions);
  const stray: string[] = [];
  const logged: Logged[] = [];
  const logger = recordingLogger(logged);
  const peer = new ModulePeer(orchestratorEnd, {
    moduleId: 'orders',
    logger,
    ...(redact && { redact }),
    ...(observer && { observer }),
    handlers: {
      getSecret: () => Promise.reject(new PyWattError('secret', 'NOT_FOUND', 'no such secret')),
      openService: () => Promise.reject(new PyWattError('database', 'ACCESS_DENIED', 'not granted')),
      requestPort: () => Promise.reject(new Error('no ports')),
      stray: (text) => void stray.push(text),
      ended: () => undefined,
      ...handlers,
    },
  });
  const opening = ModuleSession.open(moduleEnd, { logger });
  peer.start({ orchestrator_api: 'http://o', module_id: 'orders', env: { A: '1' }, listen: '127.0.0.1:1' });
  const session = await opening;
  // The greeting of the module has arrived.
  await new Promise((resolve) => setImmediate(resolve));
  closing.push(
    () => peer.close(),
    () => session.close(),
  );
  return { session, peer, stray, logged, moduleEnd, orchestratorEnd };
}

/** A peer that writes lines by hand, as a plain Rust orchestrator would. */
export async function connectPlain(onLine: (line: Record<string, unknown>, send: (message: object) => void) => void) {
  const [moduleEnd, otherEnd] = createMemoryChannels();
  const send = (message: object) => otherEnd.send(JSON.stringify(message));
  otherEnd.start({
    onLine: (line) => onLine(JSON.parse(line) as Record<string, unknown>, send),
    onBadLine: () => undefined,
    onEnd: () => undefined,
  });
  send({ orchestrator_api: 'o', module_id: 'm', env: {}, listen: '/tmp/x' });
  const session = await ModuleSession.open(moduleEnd, { logger: recordingLogger([]) });
  closing.push(
    () => session.close(),
    () => otherEnd.close(),
  );
  return { session, send };
}

/** The answer of a plain orchestrator that opens what it is asked for. */
export function opened(request: Record<string, unknown>): object {
  const { id, service_type } = request;
  return { op: 'service_response', id, service_type, success: true, connection_id: id };
}
