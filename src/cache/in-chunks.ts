/** So many entries a server is asked for at once. */
const atOnce = 1_000;
const bytesAtOnce = 4 * 1024 ** 2;

/**
 * Works on a few of the items after another, so that each part is answered within the timeout of one operation, and other
 * operations get their turn between them. `bytesOf` says what an item adds to what is sent. Resolves with the results in
 * order; the first failure ends it.
 */
export async function inChunks<T, R>(
  items: readonly T[],
  work: (chunk: readonly T[]) => Promise<R>,
  bytesOf: (item: T) => number = () => 0,
): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length;) {
    let [to, bytes] = [from, 0];
    do bytes += bytesOf(items[to++]!);
    while (to < items.length && to - from < atOnce && bytes + bytesOf(items[to]!) <= bytesAtOnce);
    results.push(await work(items.slice(from, to)));
    from = to;
  }
  return results;
}
