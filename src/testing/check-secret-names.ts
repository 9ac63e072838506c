import { describeKey, type ModuleGraph } from '../container/index.js';
import { BootError, didYouMean } from '../foundation/index.js';
import { declaredSecrets, directJwtOptions, usesTokens } from '../module/index.js';

/** Throws OVERRIDE_INVALID for a secret that the module does not declare, naming the nearest one it does. */
export function checkSecretNames(
  graph: ModuleGraph,
  names: Iterable<string>,
  env: Readonly<Record<string, string>>,
): void {
  const declared = [...declaredSecrets(graph), ...(usesTokens(graph) ? [directJwtOptions(env).secret] : [])];
  const unknown = [...names].filter((name) => !declared.includes(name));
  if (unknown.length === 0) return;
  const list = unknown.map((name) => `'${name}'${didYouMean(name, declared)}`).join(', ');
  throw new BootError('OVERRIDE_INVALID', `nothing in ${describeKey(graph.root.class)} uses the secret ${list}`);
}
