/** An integer of 64 bits: a number where that is exact, else a bigint. */
export function integerOf(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
