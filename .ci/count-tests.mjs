// Prints the counts of Jest results files; exits 1 unless tests ran for each of them and all of them passed. Where a file of
// tests ran several times, the last counts. `--failed` prints the files that failed instead, one a line.
import { readFileSync } from 'node:fs';

const [first, ...others] = process.argv.slice(2);
const isAsking = first === '--failed';
const files = new Map();
let isWhole = true;
for (const file of isAsking ? others : [first, ...others]) {
  try {
    const { testResults, numPassedTests } = JSON.parse(readFileSync(file, 'utf8'));
    for (const result of testResults) files.set(result.name, countsOf(result));
    isWhole &&= numPassedTests > 0;
  } catch {
    isWhole = false;
    console.error('no test results were written: the tests did not run to their end');
  }
}

if (isAsking) {
  for (const [name, { failed }] of files) if (failed > 0) console.log(name);
} else {
  const sum = (kind) => [...files.values()].reduce((total, counts) => total + counts[kind], 0);
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map(sum);
  console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = isWhole && passed > 0 && failed === 0 ? 0 : 1;
}

function countsOf({ status, assertionResults }) {
  const of = (...statuses) => assertionResults.filter((test) => statuses.includes(test.status)).length;
  const failed = of('failed');
  return {
    passed: of('passed'),
    // A file that could not be run at all has no tests to count: it counts as one.
    failed: failed === 0 && status === 'failed' ? 1 : failed,
    skipped: of('pending', 'todo', 'skipped', 'disabled'),
  };
}
