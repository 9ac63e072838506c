import { Deferred, messageOf } from '../foundation/index.js';
import { createLogger, guardOutput, parseLogLevel, SecretRedactor } from '../logging/index.js';
import { type Orchestrator, startOrchestrator } from '../orchestrator/index.js';
import { print } from './print.js';
import { askPassphrase } from './read-secret-input.js';

/**
 * Runs an orchestrator until SIGTERM, SIGINT or SIGHUP, then drains. Resolves with the exit code: 0, or 1 after an error
 * nobody caught. A second signal kills the modules and exits at once, with 1.
 */
export async function runOrchestrator(configFile: string, json: boolean): Promise<number> {
  const redactor = new SecretRedactor();
  guardOutput({ redactor, stdout: 'stdout' });
  const format = process.stderr.isTTY && !json ? 'pretty' : 'json';
  const logger = createLogger({ level: parseLogLevel(process.env['LOG_LEVEL']), redactor, format });
  const stop = new Deferred<string>();
  let signals = 0;
  let exitCode = 0;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(1);
      stop.resolve(signal);
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      logger.error(`${event}: ${messageOf(error)}`, { error });
      exitCode = 1;
      stop.resolve(event);
    });
  }
  const orchestrator = await startOrchestrator(configFile, { logger, redactor, askPassphrase });
  try {
    const wasStopped = await Promise.race([orchestrator.ready.then(() => false), stop.promise.then(() => true)]);
    if (!wasStopped) announceReady(orchestrator, json);
    logger.info('stopping', { reason: await stop.promise });
  } finally {
    await orchestrator.close();
    logger.info('stopped');
  }
  return exitCode;
}

function announceReady(orchestrator: Orchestrator, json: boolean): void {
  const modules = [...orchestrator.modules.values()];
  print(process.stdout, json, { ready: orchestrator.gateway ?? null, modules }, () => {
    const { gateway } = orchestrator;
    const place = gateway === undefined ? ', without a gateway' : ` at ${gateway}`;
    const head = modules.every(({ state }) => state === 'running')
      ? `pywatt is ready${place}`
      : `pywatt is up${place}, but not every module runs`;
    const lines = modules.map(
      ({ id, state }) => `  ${id}  ${state}${gateway === undefined ? '' : `  ${gateway}/${id}/`}`,
    );
    return [head, ...lines].join('\n');
  });
}
