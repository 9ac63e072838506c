import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cacheContract } from './cache-contract.js';
import type { CaseResult } from './contract-module.js';
import { ContractOrchestrator } from './contract-orchestrator.js';
import { dialects } from './database/dialect.js';
import { databaseCasesFor } from './database-contract.js';
import { serviceContract } from './service-contract.js';

const suites = [
  { port: 'database', cases: databaseCasesFor({ singleConnection: false, dialect: dialects.sqlite }).cases },
  { port: 'cache', cases: cacheContract },
  { port: 'service', cases: serviceContract },
];

describe.each(suites)('$port, proxied from a child process', ({ port, cases }) => {
  let host: ContractOrchestrator;
  let results: CaseResult[];
  beforeAll(async () => {
    host = await ContractOrchestrator.withChild();
    const response = await fetch(`${host.orchestrator.gateway}/contract/contract/${port}`, { method: 'POST' });
    expect(response.status).toBe(200);
    results = (await response.json()) as CaseResult[];
  }, 120_000);
  afterAll(() => host.close());

  it.each(cases.map(({ title }, index) => ({ title, index })))('$title', ({ title, index }) => {
    expect(results[index]).toEqual({ title });
  });
});
