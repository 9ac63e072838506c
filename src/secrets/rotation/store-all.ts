import { SecretError } from '../secret-error.js';
import type { Proposal } from './proposal.js';

/**
 * Stores the values of one rotation where they come from: all, or none. Several are kept beside their secrets first, so
 * that whoever finds only some of them stored can store the others. One that cannot be kept so is stored before all
 * others, as a rotation of its own would: with it the rest is stored, and without it nothing is.
 */
export async function storeAll(proposals: readonly Proposal[]): Promise<void> {
  const [first, ...others] = proposals;
  if (first !== undefined && others.length === 0) return first.store();
  const stored: Proposal[] = [];
  try {
    for (const proposal of proposals) await proposal.stage();
    for (const proposal of [...proposals].sort((a, b) => Number(a.canStage) - Number(b.canStage))) {
      await proposal.store();
      stored.push(proposal);
    }
  } catch (error) {
    for (const proposal of stored.reverse()) await proposal.restore();
    throw error;
  } finally {
    await Promise.allSettled(proposals.map((proposal) => proposal.unstage()));
  }
}

/** Throws `SecretError` READ_ONLY for several of which a crash could leave some stored and the others lost. */
export function checkStorable(proposals: readonly Proposal[]): void {
  const unsafe = proposals.filter(({ canStage }) => !canStage).map(({ name }) => name);
  if (unsafe.length < 2) return;
  const message = `${unsafe.join(', ')} cannot be rotated together: they come from where no value can be deleted, so that a crash could leave them half done; rotate them one by one, or keep them in a directory of secret files`;
  throw new SecretError('READ_ONLY', message, { details: { names: unsafe } });
}
