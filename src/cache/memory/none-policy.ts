/** Nothing gives way: a full cache refuses what does not fit. */
export class NonePolicy {
  add(): void {}

  use(): void {}

  remove(): void {}

  evict(): undefined {
    return undefined;
  }
}
