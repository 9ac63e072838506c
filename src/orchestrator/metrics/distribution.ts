/** Numbers counted by size: what a Prometheus histogram shows, at a price the path of every message can pay. */
export class Distribution {
  /** How many numbers were at most the bound of that index, and above the one before. The last is above all bounds. */
  readonly counts: Float64Array;
  count = 0;
  sum = 0;

  /** `bounds` in ascending order. */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let index = 0;
    while (index < bounds.length && value > bounds[index]!) index += 1;
    counts[index]! += 1;
    this.count += 1;
    this.sum += value;
  }
}
