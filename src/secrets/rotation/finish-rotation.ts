import { messageOf } from '../../foundation/index.js';
import type { ChainedSecretProvider } from '../providers/chained-secret-provider.js';
import type { RotationRecord } from './rotation-journal.js';
import { stagedName } from './staged-name.js';
import { proves } from './value-proof.js';

/** What became of a rotation whose process was killed. */
export interface FinishedRotation {
  /** `unfinished`: some of its values were stored, and the others can be found nowhere. */
  readonly outcome: 'committed' | 'rejected' | 'unfinished';
  readonly message: string;
}

const rolledBack: FinishedRotation = { outcome: 'rejected', message: 'rolled back after a crash' };
const committed: FinishedRotation = { outcome: 'committed', message: 'committed before the crash' };
const resumed: FinishedRotation = {
  outcome: 'committed',
  message: 'resumed after a crash: the provider had the new values already, and modules are given them as they start',
};
const overtaken: FinishedRotation = {
  outcome: 'rejected',
  message: 'the provider has other values by now than before the crash; those are in force',
};

/**
 * Ends a rotation that a crash left, before anybody is given a secret. What the provider has decides: none of the new
 * values, and it is rolled back; one of them, and the others are stored too. Values that had changed in the provider are
 * in force whatever modules had said, because those of before are nowhere any more. Rejects when the provider cannot be
 * read or written; it can then be tried again.
 */
export async function finishRotation(
  record: RotationRecord,
  provider: ChainedSecretProvider,
): Promise<FinishedRotation> {
  const { names, adopts, stage, proofs = {} } = record;
  if (stage === 'published' && !adopts) return rolledBack;
  const hasNew = async (name: string, where: string) => {
    const [proof, value] = [proofs[name], await provider.get(where)];
    return proof !== undefined && value !== undefined && proves(proof, value);
  };
  const stored = await Promise.all(names.map((name) => hasNew(name, name)));
  const missing = names.filter((_name, index) => !stored[index]);
  if (adopts) return missing.length === 0 ? resumed : overtaken;
  const unstage = () => Promise.all(names.map((name) => removeStaged(provider, name)));
  if (missing.length === names.length) {
    await unstage();
    return rolledBack;
  }
  const lost: string[] = [];
  for (const name of missing) {
    if (await hasNew(name, stagedName(name))) await provider.set(name, (await provider.get(stagedName(name)))!);
    else lost.push(name);
  }
  if (lost.length > 0) {
    const message = `the crash left the old value of ${lost.join(', ')} beside the new one of the others; rotate all of them again`;
    return { outcome: 'unfinished', message };
  }
  await unstage();
  return missing.length === 0
    ? committed
    : { ...committed, message: 'committed before the crash, stored to the end after it' };
}

async function removeStaged(provider: ChainedSecretProvider, name: string): Promise<void> {
  try {
    const found = await provider.find(stagedName(name));
    await found?.provider.delete?.(stagedName(name));
  } catch (error) {
    throw new Error(`the copy of '${name}' could not be removed: ${messageOf(error)}`, { cause: error });
  }
}
