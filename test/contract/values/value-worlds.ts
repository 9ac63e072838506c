import { type Database, Inject, Injectable, InjectDatabase, Module } from '@pywatt/sdk';
import { testModule } from '@pywatt/sdk/testing';
import type { ValueEngine } from './column-values.js';
import { readValues, type ValueRow } from './value-table.js';

@Injectable()
class Values {
  constructor(@InjectDatabase() readonly database: Database) {}
}

@Module({ id: 'values', providers: [Values] })
class ValuesModule {
  constructor(@Inject(Values) readonly values: Values) {}
}

/** The table of an engine as a module sees it, by itself or under a real orchestrator in this process. */
export async function valuesIn(world: 'direct' | 'proxied', engine: ValueEngine, url: string): Promise<ValueRow[]> {
  const plan = testModule(ValuesModule).env({ DATABASE_URL: url }).timeout('3m');
  await using app = await (world === 'direct' ? plan : plan.proxied()).boot();
  return await readValues(app.get(Values).database, engine);
}
