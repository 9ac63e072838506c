/**
 * Which key is asked for next, again and again: 80 % by Zipf's law (exponent 1) over so many keys, the rest scans that
 * read a hundred keys in a row, each key once. The same for every run.
 */
export function zipfWithScans({ keys, length }: { readonly keys: number; readonly length: number }): Uint32Array {
  let state = 1;
  // A linear congruential generator.
  const random = () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
  const cumulative = new Float64Array(keys);
  let sum = 0;
  for (let rank = 0; rank < keys; rank += 1) cumulative[rank] = sum += 1 / (rank + 1);
  const byZipf = () => firstAbove(cumulative, random() * sum);
  const trace = new Uint32Array(length);
  const scanLength = 100;
  let scanned = keys;
  for (let at = 0; at < length;) {
    // One scan of a hundred for every four hundred others.
    if (random() < 1 / 401) for (let step = 0; step < scanLength && at < length; step += 1) trace[at++] = scanned++;
    else trace[at++] = byZipf();
  }
  return trace;
}

function firstAbove(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
