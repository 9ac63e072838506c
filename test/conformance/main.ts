import { ownVectors, runConformance } from './run-conformance.js';

// npm run conformance -- DIR
try {
  process.exitCode = runConformance(process.argv[2] ?? ownVectors, (line) => process.stdout.write(`${line}\n`));
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n0 passed, 1 failed\n`);
  process.exitCode = 1;
}
