/** Who reads entries of a Redis, and which module of the benchmark that is. */
export const speedContenders = {
  ioredis: 'direct',
  direct: 'direct',
  proxied: 'proxied',
  'near, hits': 'near',
} as const;

export type SpeedContender = keyof typeof speedContenders;

/** What the module is asked for: `count` reads, `concurrency` of them under way at once. */
export interface SpeedRequest {
  readonly contender: SpeedContender;
  readonly count: number;
  readonly concurrency: number;
}
