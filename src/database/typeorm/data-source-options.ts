import type { DataSourceOptions } from 'typeorm';
import { typeormOptionsOn } from '../../container/index.js';
import type { DataSourceSchema, ReplicationNodes } from '../data-source-schema.js';
import { quietLogger } from './quiet-logger.js';

/** What an engine's connections need, whatever a program chooses. */
export type EngineOptions = Partial<DataSourceOptions> & Pick<DataSourceOptions, 'type'>;

/**
 * What the program chooses over the defaults of an engine, except for what belongs to the connection: `extra` of both, and
 * that of a pool of its own.
 */
export function dataSourceOptions(engine: EngineOptions, schema: DataSourceSchema, pool?: object): DataSourceOptions {
  const { type } = engine;
  const kind = type === 'mariadb' || type === 'mysql' ? 'mysql' : type === 'postgres' ? 'postgres' : 'sqlite';
  const isWritten = schema.type !== undefined;
  const chosen = isWritten ? schema.typeorm : typeormOptionsOn(kind, schema.typeorm);
  const isSilent = chosen.logging === undefined && chosen.maxQueryExecutionTime === undefined;
  return {
    synchronize: schema.synchronize,
    ...(isSilent && { logger: quietLogger }),
    ...engine,
    ...(isWritten && typeormDefaults),
    ...chosen,
    ...(kind === 'mysql' && schema.type && { type: schema.type }),
    ...(kind !== 'sqlite' && schema.replication && { replication: sameNodes(schema.replication, engine) }),
    extra: {
      ...(chosen.extra as object | undefined),
      ...(isWritten ? asWritten(engine, chosen) : engine.extra),
      ...pool,
    },
    entities: [...schema.entities],
    migrations: [...schema.migrations],
  } as DataSourceOptions;
}

/** Where an engine's default is ours, and options written for TypeORM count on its own. */
const typeormDefaults = { uuidExtension: undefined, timezone: undefined, charset: undefined };

/** What the connection needs, with the character set and the flags of options that were written for TypeORM. */
function asWritten(engine: EngineOptions, chosen: object): object {
  const written = chosen as Flagged & { readonly extra?: Flagged };
  const { flags = written.flags ?? [] } = written.extra ?? {};
  const { charset: _, ...extra } = (engine.extra ?? {}) as { readonly charset?: string; readonly flags?: string[] };
  return extra.flags === undefined ? extra : { ...extra, flags: [...flags, ...extra.flags] };
}

interface Flagged {
  readonly flags?: readonly string[];
}

/** Nodes that differ in their names alone. */
function sameNodes({ master, slaves, ...others }: ReplicationNodes, engine: EngineOptions): object {
  const node = ({ applicationName }: ReplicationNodes['master']): object => ({
    database: engine.database,
    ...(applicationName !== undefined && { applicationName }),
  });
  return { ...others, master: node(master), slaves: slaves.map(node) };
}
