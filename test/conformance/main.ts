import { ownVectors, runConformance } from './run-conformance.js';

// npm run conformance -- [DIR ...]
const given = process.argv.slice(2);
process.exitCode = runConformance(given.length === 0 ? [ownVectors] : given, (line) =>
  process.stdout.write(`${line}\n`),
);
