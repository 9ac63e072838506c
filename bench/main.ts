import { benchBoot } from './boot/bench-boot.js';
import { benchCache } from './cache/bench-cache.js';
import { benchDatabase } from './database/bench-database.js';
import { benchRedaction } from './redaction/bench-redaction.js';
import { benchRotation } from './rotation/bench-rotation.js';
import { benchWire } from './wire/bench-wire.js';

const benches: Record<string, (options: { quick: boolean }) => Promise<void>> = {
  boot: benchBoot,
  cache: benchCache,
  database: benchDatabase,
  redaction: benchRedaction,
  rotation: benchRotation,
  wire: benchWire,
};

// npm run bench -- boot | cache | database | redaction | rotation | wire [--quick]
const [name = '', ...flags] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined || flags.some((flag) => flag !== '--quick')) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join(' | ')} [--quick]`);
  process.exitCode = 2;
} else {
  await bench({ quick: flags.includes('--quick') });
}
