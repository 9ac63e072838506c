import type { DataSourceOptions } from 'typeorm';
import { typeormOptionsOn } from '../../container/index.js';
import type { DataSourceSchema } from '../data-source-schema.js';
import { quietLogger } from './quiet-logger.js';

/** What an engine's connections need, whatever a program chooses. */
export type EngineOptions = Partial<DataSourceOptions> & Pick<DataSourceOptions, 'type'>;

/** What the program chooses over the defaults of an engine, except for what belongs to the connection: `extra` of both. */
export function dataSourceOptions(engine: EngineOptions, schema: DataSourceSchema): DataSourceOptions {
  const { type, extra } = engine;
  const kind = type === 'mariadb' || type === 'mysql' ? 'mysql' : type === 'postgres' ? 'postgres' : 'sqlite';
  const chosen = typeormOptionsOn(kind, schema.typeorm);
  const isSilent = chosen.logging === undefined && chosen.maxQueryExecutionTime === undefined;
  return {
    synchronize: schema.synchronize,
    ...(isSilent && { logger: quietLogger }),
    ...engine,
    ...chosen,
    extra: { ...(chosen.extra as object | undefined), ...(extra as object | undefined) },
    entities: [...schema.entities],
    migrations: [...schema.migrations],
  } as DataSourceOptions;
}
