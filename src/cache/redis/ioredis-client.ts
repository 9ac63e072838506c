/**
 * An instance of `Redis` or `Cluster` of ioredis 5, described by what tells it from other clients: the program may have
 * another copy of ioredis than this package.
 */
export interface IoredisClient {
  readonly isCluster: boolean;
  readonly status: string;
  readonly options: object;
  defineCommand(name: string, definition: { lua: string; numberOfKeys?: number; readOnly?: boolean }): void;
}

/** What is wrong with a client that was handed in, with its cure. */
export function mistakeInClient(client: unknown): string | undefined {
  const { defineCommand, status, options } = (client ?? {}) as Partial<IoredisClient>;
  if (typeof defineCommand !== 'function' || typeof status !== 'string' || typeof options !== 'object')
    return 'its redis is no client of ioredis 5; hand in a `new Redis(…)` or `new Cluster(…)`';
  const { stringNumbers, redisOptions } = options as {
    stringNumbers?: boolean;
    redisOptions?: { stringNumbers?: boolean };
  };
  if (stringNumbers || redisOptions?.stringNumbers)
    return 'the client handed in answers numbers as text; make it without stringNumbers';
  return undefined;
}
