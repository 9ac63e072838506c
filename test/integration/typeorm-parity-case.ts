import { type DataSource, type DataSourceOptions, EntitySchema, type QueryRunner } from 'typeorm';
import type { CreateDataSourceOptions } from '@pywatt/sdk';

export interface Tag {
  id: number;
  label: string;
}

export const Tags = new EntitySchema<Tag>({
  name: 'Tag',
  columns: { id: { type: Number, primary: true, generated: true }, label: { type: 'varchar', length: 50 } },
  uniques: [{ name: 'one_label', columns: ['label'] }],
});

export type Engine = 'PostgreSQL' | 'MariaDB' | 'SQLite';

/** What a DataSource with options gives, the same in both worlds. */
export interface ParityCase {
  readonly title: string;
  /** All when left out. */
  readonly on?: readonly Engine[];
  readonly options?: CreateDataSourceOptions | DataSourceOptions;
  readonly run: (dataSource: DataSource) => Promise<unknown>;
  readonly gives: unknown;
}

/** What it fails with. */
export const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: { name: string; code?: string }) => [error.name, error.code]);

export async function withRunner<T>(dataSource: DataSource, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  await using runner = dataSource.createQueryRunner();
  // It is released when this is done, not before.
  return await work(runner);
}
