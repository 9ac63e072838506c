/**
 * One promise of a port. Cases know no test runner: the same list runs under jest, direct and proxied, and inside a
 * module that runs as a child process. A case that does not hold rejects.
 */
export interface ContractCase<F> {
  readonly title: string;
  run(fixture: F): Promise<void>;
}
