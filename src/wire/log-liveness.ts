import type { Logger } from '../foundation/index.js';
import { describeLiveness, type Liveness } from './liveness.js';

/** One line when a peer becomes slow, and one when it no longer is. Death is told by whoever acts on it. */
export function logLiveness(logger: Logger, peer: string, liveness: Liveness): void {
  const { kind, ...numbers } = liveness;
  if (kind === 'slow') logger.warn(`${peer} is slow: it ${describeLiveness(liveness)}`, numbers);
  if (kind === 'alive') logger.info(`${peer} is no longer slow`, numbers);
}
