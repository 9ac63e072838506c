import { inspect } from 'node:util';
import { guardOutput } from './guard-output.js';
import { mergedRanges, withoutRanges } from './hidden-ranges.js';
import { SecretRedactor } from './secret-redactor.js';
import type { SecretFinder } from './stream-redactor.js';

/** What knows secrets of this process: a `SecretRedactor`. */
export interface SharedSecrets extends SecretFinder {
  /** All that it hides. */
  readonly values: Iterable<string>;
}

const finders = new Set<SecretFinder>();
/** What those knew that have ended: an error of theirs may be printed after them. */
let past: SecretRedactor | undefined;

/** All that the modules and orchestrators of this process know. */
const everything: SecretFinder = {
  ranges: (text) => mergedRanges([...finders].flatMap((finder) => [...finder.ranges(text)])),
  openEnd: (text) => Math.max(0, ...[...finders].map((finder) => finder.openEnd(text))),
};

/** Lets `redactSecrets` and `installRedaction` hide what `shared` knows, until 24 hours after the function it returns was called. */
export function shareSecrets(shared: SharedSecrets): () => void {
  finders.add(shared);
  return () => {
    if (!finders.delete(shared)) return;
    for (const value of shared.values) {
      past ??= new SecretRedactor();
      past.add(value);
      past.retire(value);
    }
    if (past) finders.add(past);
  };
}

/** The text with every secret that the modules and orchestrators of this process know, or knew in the last 24 hours, shown as `[REDACTED]`, in all encodings. */
export function redactSecrets(text: string): string {
  return withoutRanges(text, everything.ranges(text));
}

/** What `installRedaction` put in place. */
export interface InstalledRedaction extends Disposable {
  /** Takes it away again, unless it was installed more often. Idempotent; disposal does the same. */
  uninstall(): void;
}

let installed: { readonly undo: () => void; count: number } | undefined;

/**
 * From now on what this process prints with `console`, `process.stdout` and `process.stderr`, and errors nobody catches
 * (printed, exit code 1), show no secret of its modules and orchestrators, those that have ended among them. `runModule`
 * does this by itself; it is for programs that use `bootModule` or `startOrchestrator`. Where the program listens to `uncaughtException` itself, that is left to it.
 */
export function installRedaction(): InstalledRedaction {
  installed ??= { undo: install(), count: 0 };
  installed.count += 1;
  let isInstalled = true;
  const uninstall = () => {
    if (!isInstalled || !installed) return;
    isInstalled = false;
    installed.count -= 1;
    if (installed.count > 0) return;
    installed.undo();
    installed = undefined;
  };
  return { uninstall, [Symbol.dispose]: uninstall };
}

function install(): () => void {
  const guard = guardOutput({ redactor: everything, stdout: 'stdout' });
  const onUncaught = (error: unknown) => {
    if (process.listenerCount('uncaughtException') > 1) return;
    process.stderr.write(`Uncaught ${inspect(error)}\n`);
    process.exit(1);
  };
  process.on('uncaughtException', onUncaught);
  return () => {
    process.off('uncaughtException', onUncaught);
    guard.restore();
  };
}
