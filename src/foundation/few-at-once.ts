/** As many as keep the threads of Node that work on files busy, or a far place, without flooding it. */
const atOnce = 16;

/** Works on all of the items, a few at once. After a failure none is begun; it rejects when those under way have ended. */
export async function fewAtOnce<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  const rest = items.entries();
  let failed: { readonly error: unknown } | undefined;
  const worker = async () => {
    for (const [index, item] of rest) {
      await work(item, index).catch((error: unknown) => (failed ??= { error }));
      if (failed) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failed) throw failed.error;
}
