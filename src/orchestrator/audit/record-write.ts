import { createServer } from 'node:net';
import { type Logger, messageOf, sleep } from '../../foundation/index.js';
import { connectControl, whoAsks } from '../control/control-client.js';
import { claimControlSocket, releaseControlSocket } from '../control/control-socket.js';
import { OrchestratorError } from '../orchestrator-error.js';
import { AuditLog } from './audit-log.js';
import { SetVersions } from './set-versions.js';

const answerMs = 5_000;
/** How long another command that records a write at the same time is waited for. */
const othersMs = 2_000;

/**
 * Records that a command has set a secret to this value: through the orchestrator that runs with this state directory,
 * else by itself, with the version that the next one gives the value; for that moment none can start, so that the log has
 * one writer. Resolves with undefined, or with why it was not recorded. Never rejects.
 */
export async function recordWrite(
  stateDirectory: string,
  name: string,
  value: string,
  logger: Logger,
): Promise<string | undefined> {
  const control = connectControl(stateDirectory, { timeoutMs: answerMs });
  const until = performance.now() + othersMs;
  for (;;) {
    try {
      return await recordAlone(stateDirectory, name, value, logger);
    } catch (error) {
      if (!OrchestratorError.is(error) || error.code !== 'ALREADY_RUNNING') return messageOf(error);
    }
    try {
      return await control.recordSet(name);
    } catch (error) {
      if (performance.now() > until) return `an orchestrator is running, and did not record it: ${messageOf(error)}`;
    }
    await sleep(20);
  }
}

/** Rejects with ALREADY_RUNNING beside an orchestrator, or beside another command that does the same. */
async function recordAlone(
  stateDirectory: string,
  name: string,
  value: string,
  logger: Logger,
): Promise<string | undefined> {
  const server = createServer((socket) => void socket.destroy());
  await claimControlSocket(server, stateDirectory);
  try {
    const log = new AuditLog({ stateDirectory, logger });
    await log.open();
    const version = await new SetVersions(stateDirectory).give(name, value);
    await log.append({
      what: 'set',
      names: [name],
      who: whoAsks(),
      outcome: 'done',
      versions: { [name]: version },
    });
    await log.close();
    return log.trouble;
  } finally {
    await releaseControlSocket(stateDirectory).catch(() => undefined);
    await new Promise((closed) => server.close(closed));
  }
}
