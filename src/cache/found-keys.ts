/** What is found by key, in the order of the keys; those of which nothing is are left out. */
export function foundKeys<T>(
  keys: readonly string[],
  find: (key: string, index: number) => T | undefined,
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const [index, key] of keys.entries()) {
    const value = find(key, index);
    if (value !== undefined) found.set(key, value);
  }
  return found;
}
