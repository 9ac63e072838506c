import { createServer } from 'node:net';
import { type Logger, messageOf } from '../../foundation/index.js';
import { whoAsks } from '../control/control-client.js';
import { claimControlSocket, releaseControlSocket } from '../control/control-socket.js';
import { OrchestratorError } from '../orchestrator-error.js';
import { AuditLog } from './audit-log.js';

/**
 * Records that a command has set a secret while no orchestrator runs; for that moment none can start, so that the log has
 * one writer. Resolves with undefined, or with why it was not recorded. Never rejects.
 */
export async function recordWrite(stateDirectory: string, name: string, logger: Logger): Promise<string | undefined> {
  const server = createServer((socket) => void socket.destroy());
  try {
    await claimControlSocket(server, stateDirectory);
  } catch (error) {
    const isRunning = OrchestratorError.is(error) && error.code === 'ALREADY_RUNNING';
    return isRunning
      ? 'an orchestrator is running, which records that it takes the value over, not who set it; use pywatt secrets rotate'
      : messageOf(error);
  }
  try {
    const log = new AuditLog({ stateDirectory, logger });
    await log.open();
    await log.append({ what: 'set', names: [name], who: whoAsks(), outcome: 'done' });
    await log.close();
    return log.trouble;
  } finally {
    await releaseControlSocket(stateDirectory).catch(() => undefined);
    await new Promise((closed) => server.close(closed));
  }
}
