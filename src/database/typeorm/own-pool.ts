import type { TypeormOptions } from '../../container/index.js';
import type { ServerOptions } from '../server/server-engine.js';

/** What a program says of a pool, in the words of its driver (in `extra`) and those of TypeORM. */
const words = {
  postgres: {
    size: 'max',
    wait: 'connectionTimeoutMillis',
    typeormWait: 'connectTimeoutMS',
    others: ['idleTimeoutMillis'],
  },
  mysql: { size: 'connectionLimit', wait: 'connectTimeout', typeormWait: 'connectTimeout', others: ['idleTimeout'] },
} as const;

export interface OwnPool {
  readonly extra: Readonly<Record<string, unknown>>;
  /** How many connections the program asked for, where that is more than it may have. */
  readonly asked?: number;
}

/** The pool of a DataSource that a program makes for itself: as it says, but with no more connections than `most`. */
export function ownPool({ type, extra }: ServerOptions, chosen: TypeormOptions, most = Infinity): OwnPool {
  const { size, wait, typeormWait, others } = words[type === 'postgres' ? type : 'mysql'];
  const given = (extra ?? {}) as Readonly<Record<string, unknown>>;
  const own = (chosen.extra ?? {}) as Readonly<Record<string, unknown>>;
  const typeorm = chosen as Readonly<Record<string, unknown>>;
  const asked = Number(own[size] ?? typeorm['poolSize']) || Number(given[size]);
  const max = Math.min(asked, most);
  return {
    extra: {
      [size]: max,
      [wait]: own[wait] ?? typeorm[typeormWait] ?? given[wait],
      ...Object.fromEntries(others.map((name) => [name, own[name] ?? given[name]])),
      ...(type !== 'postgres' && { maxIdle: own['maxIdle'] ?? max }),
    },
    ...(asked > max && { asked }),
  };
}

/** What `extra` of a program says that is the connection's own to say, and has no effect; with a pool of its own, no more of that. */
export function unheededExtra({ extra }: ServerOptions, chosen: TypeormOptions, pool: object = {}): string[] {
  const given = (extra ?? {}) as Readonly<Record<string, unknown>>;
  const own = Object.entries((chosen.extra ?? {}) as object);
  const lost = own.filter(
    ([name, value]) => value !== undefined && Object.hasOwn(given, name) && given[name] !== value,
  );
  return lost.map(([name]) => name).filter((name) => !Object.hasOwn(pool, name));
}
