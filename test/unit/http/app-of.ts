import { Container, type Newable } from 'inversify';
import type { Class } from '../../../src/container/index.js';
import type { LogFields, Logger } from '../../../src/foundation/index.js';
import { createHttpApp, type HttpAppOptions } from '../../../src/http/index.js';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** A logger that keeps its lines. */
export function recordingLogger(): Logger & { readonly lines: LogLine[]; errors(): LogLine[] } {
  const lines: LogLine[] = [];
  const write = (level: LogLine['level']) => (message: string, fields?: LogFields) =>
    void lines.push({ level, message, fields });
  const logger = {
    lines,
    errors: () => lines.filter(({ level }) => level === 'error'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}

type Init = RequestInit & { json?: unknown };

/** An app of `controllers` in a real container, and a way to ask it. `json` sets body, method and content type. */
export async function appOf(
  controllers: Class[],
  { providers = [], ...options }: Partial<HttpAppOptions> & { providers?: Class[] } = {},
) {
  const container = options.container ?? containerOf(...controllers, ...providers);
  const logger = recordingLogger();
  const app = await createHttpApp({ moduleId: 'orders', logger, ...options, container, controllers });
  const ask = (path: string, { json, ...init }: Init = {}) =>
    app.fetch(
      new Request(`http://localhost${path}`, {
        ...(json !== undefined && {
          method: 'POST',
          body: JSON.stringify(json),
          headers: { 'content-type': 'application/json' },
        }),
        ...init,
      }),
    );
  return { app, ask, logger, container };
}

export function containerOf(...classes: Class[]): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  for (const each of classes) container.bind(each as Newable<object>).toSelf();
  return container;
}
