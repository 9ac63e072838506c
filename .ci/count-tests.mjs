// Prints the counts of Jest results files; exits 1 unless tests ran for each of them and all of them passed.
import { readFileSync } from 'node:fs';

const counts = { passed: 0, failed: 0, skipped: 0 };
let isWhole = true;
for (const file of process.argv.slice(2)) {
  try {
    const results = JSON.parse(readFileSync(file, 'utf8'));
    counts.passed += results.numPassedTests;
    // A file that could not be run at all has no tests to count: it counts as one.
    counts.failed += results.numFailedTests + results.numRuntimeErrorTestSuites;
    counts.skipped += results.numPendingTests + results.numTodoTests;
    isWhole &&= results.numPassedTests > 0;
  } catch {
    isWhole = false;
    console.error('no test results were written: the tests did not run to their end');
  }
}
const allPassed = isWhole && counts.passed > 0 && counts.failed === 0;
console.log(`tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = allPassed ? 0 : 1;
