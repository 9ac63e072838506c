import type { Proposal } from './proposal.js';

/**
 * Stores the values of one rotation where they come from: all, or none. Several are kept beside their secrets first, so
 * that whoever finds only some of them stored can store the others.
 */
export async function storeAll(proposals: readonly Proposal[]): Promise<void> {
  const [first, ...others] = proposals;
  if (first !== undefined && others.length === 0) return first.store();
  const stored: Proposal[] = [];
  try {
    for (const proposal of proposals) await proposal.stage();
    for (const proposal of proposals) {
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
