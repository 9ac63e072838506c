// Gives the example its development secret once, so that `npm start` needs no set-up. Rotations are stored over it.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function seedSecrets(directory: string): void {
  const file = join(directory, 'STRIPE_KEY');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeFileSync(file, 'sk_test_of_the_example', { mode: 0o600 });
}

if (process.argv[1] === import.meta.filename) seedSecrets(join(import.meta.dirname, '.pywatt', 'secrets'));
