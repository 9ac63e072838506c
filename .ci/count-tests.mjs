// Prints the counts of a Jest results file; exits 1 unless at least one test ran and all of them passed.
import { readFileSync } from 'node:fs';

const counts = { passed: 0, failed: 0, skipped: 0 };
try {
  const results = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  counts.passed = results.numPassedTests;
  // A file that could not be run at all has no tests to count: it counts as one.
  counts.failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  counts.skipped = results.numPendingTests + results.numTodoTests;
} catch {
  console.error('no test results were written: the tests did not run to their end');
}
const allPassed = counts.passed > 0 && counts.failed === 0;
console.log(`tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = allPassed ? 0 : 1;
