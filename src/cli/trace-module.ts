import type { ControlActions } from '../orchestrator/index.js';
import { print } from './print.js';
import { describeTrace } from './reports.js';

/**
 * Prints what passes between an orchestrator and one of its modules until SIGINT, SIGTERM, SIGHUP, the end of the
 * orchestrator, or until nobody reads it any longer. Resolves with the exit code.
 */
export async function traceModule(control: ControlActions, moduleId: string, json: boolean): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  process.stdout.once('error', () => stop.abort());
  await noteSilence(control, moduleId, json);
  for await (const event of control.trace(moduleId, stop.signal))
    print(process.stdout, json, event, () => describeTrace(event));
  return 0;
}

/** Nothing passes while a module does not run, which would look as if it had nothing to say. */
async function noteSilence(control: ControlActions, moduleId: string, json: boolean): Promise<void> {
  const { modules } = await control.status();
  const module = modules.find(({ id }) => id === moduleId);
  if (module === undefined || module.pid !== undefined) return;
  const note = `module '${module.id}' does not run (${module.state}): its messages are shown once it is started`;
  print(process.stderr, json, { note, state: module.state }, () => `pywatt: ${note}`);
}
