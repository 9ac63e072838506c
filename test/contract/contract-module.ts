import { messageOf } from '../../src/foundation/index.js';
import {
  type Cache,
  type Database,
  Inject,
  Injectable,
  InjectCache,
  InjectDatabase,
  InjectDataSource,
  InjectService,
  Module,
} from '@pywatt/sdk';
import { Controller, Params, Post } from '@pywatt/sdk/http';
import type { DataSource } from 'typeorm';
import { cacheContract } from './cache-contract.js';
import type { ContractCase } from './contract-case.js';
import { dialects } from './database/dialect.js';
import { databaseCasesFor } from './database-contract.js';
import { serviceContract } from './service-contract.js';
import { Geo } from './services/geo.js';

/** What came of one case in the process that ran it. */
export interface CaseResult {
  readonly title: string;
  /** Why it does not hold; absent when it does. */
  readonly failure?: string;
}

/** The ports the contracts are about, as a module gets them. `other` is a second client of the same database. */
@Injectable()
export class ContractPorts {
  constructor(
    @InjectDatabase() readonly database: Database,
    @InjectDatabase('other') readonly other: Database,
    @InjectCache() readonly cache: Cache,
    @InjectCache('small') readonly small: Cache,
    @InjectCache('sliding') readonly sliding: Cache,
    @InjectService(Geo) readonly geo: Geo,
  ) {}
}

/** Runs the contract suites inside the module, wherever that runs, and reports case by case. */
@Controller('/contract')
export class ContractController {
  constructor(@Inject(ContractPorts) private readonly ports: ContractPorts) {}

  @Post('/:port') run(@Params('port') port: string): Promise<CaseResult[]> {
    const { database, other } = this.ports;
    if (port === 'cache') return runCases(cacheContract, this.ports);
    if (port === 'service') return runCases(serviceContract, { geo: this.ports.geo, moduleId: 'contract' });
    const { cases } = databaseCasesFor({ singleConnection: false, dialect: dialects.sqlite });
    return runCases(cases, { database, other, singleConnection: false, dialect: dialects.sqlite });
  }
}

@Module({ id: 'contract', providers: [ContractPorts], controllers: [ContractController] })
export class ContractModule {}

/** A module that uses TypeORM, too: its databases are served by TypeORM's runner, over the wire. */
@Injectable()
class DataSources {
  constructor(
    @InjectDataSource() readonly main: DataSource,
    @InjectDataSource('other') readonly other: DataSource,
  ) {}
}

@Module({ id: 'contract', providers: [ContractPorts, DataSources], controllers: [ContractController] })
export class TypeormContractModule {}

async function runCases<F>(cases: readonly ContractCase<F>[], fixture: F): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const entry of cases) {
    const { title } = entry;
    try {
      await entry.run(fixture);
      results.push({ title });
    } catch (error) {
      results.push({ title, failure: messageOf(error) });
    }
  }
  return results;
}
