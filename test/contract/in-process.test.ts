import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { cacheContract } from './cache-contract.js';
import { ContractModule, type ContractPorts, TypeormContractModule } from './contract-module.js';
import { ContractOrchestrator } from './contract-orchestrator.js';
import { dialects } from './database/dialect.js';
import { databaseCasesFor } from './database-contract.js';

const modules = [
  { kind: 'file', by: 'plain calls', root: ContractModule },
  { kind: 'memory', by: 'plain calls', root: ContractModule },
  { kind: 'file', by: "TypeORM's runner", root: TypeormContractModule },
  { kind: 'memory', by: "TypeORM's runner", root: TypeormContractModule },
] as const;

describe.each(modules)('Database on a SQLite $kind, proxied over bytes in one process, by $by', ({ kind, root }) => {
  const singleConnection = kind === 'memory';
  const { cases } = databaseCasesFor({ singleConnection, dialect: dialects.sqlite });
  let host: ContractOrchestrator;
  let ports: ContractPorts[];
  beforeAll(async () => {
    ({ host, ports } = await ContractOrchestrator.inProcess(kind, root));
  });
  afterAll(() => host.close());

  const runContractCase = (index: number) =>
    cases[index]!.run({
      database: ports[0]!.database,
      other: ports[1]!.database,
      singleConnection,
      dialect: dialects.sqlite,
    });
  it.each(cases.map(({ title }, index) => ({ title, index })))('$title', ({ index }) => runContractCase(index));
});

describe.each([
  { module: 0, how: '' },
  { module: 1, how: ', with near caches' },
])('Cache on memory, proxied over bytes in one process$how', ({ module }) => {
  let host: ContractOrchestrator;
  let ports: ContractPorts[];
  beforeAll(async () => {
    ({ host, ports } = await ContractOrchestrator.inProcess('memory'));
  });
  afterAll(() => host.close());

  const runContractCase = (index: number) => cacheContract[index]!.run(ports[module]!);
  it.each(cacheContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) => runContractCase(index));
});
