/** What a server counted since it had counted `before`. One that was started again since then counts from 0. */
export function countedSince(before: number, now: number): number {
  return now < before ? now : now - before;
}
