import { runCompiled } from '../run-compiled.js';

/** Calls to a child process over our session, beside other ways. */
export function benchWire({ quick }: { quick: boolean }): Promise<void> {
  return runCompiled('wire/run-wire', { quick, others: ['wire/caller', 'wire/far-end'] });
}
