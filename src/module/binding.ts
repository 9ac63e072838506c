import { type Class, describeKey, type InjectionKey, resourceOf } from '../container/index.js';
import type { Environment } from './environment.js';

/** Where one injected thing comes from. */
export interface Binding {
  /** `database`, `cache`, `service`, `secret`, `jwt`, `logger`, `config`, `repository` or `provider`. */
  readonly kind: string;
  readonly name: string;
  readonly source: 'direct' | 'proxied' | 'override';
  /** What it is: `sqlite ./data.db`; never a credential. */
  readonly description: string;
  readonly why: string;
}

/** What `bindings()` says of an override. */
export function overrideBinding(key: InjectionKey, configs: readonly Class[]): Binding {
  const resource = resourceOf(key);
  return {
    kind: resource?.kind ?? (configs.some((config) => config === key) ? 'config' : 'provider'),
    name: resource?.name ?? describeKey(key),
    source: 'override',
    description: 'a value given by the test',
    why: 'override',
  };
}

/** What `bindings()` says of a config class. */
export function configBinding(config: Class, { environment }: { readonly environment: Environment }): Binding {
  return {
    kind: 'config',
    name: describeKey(config),
    source: environment,
    description:
      environment === 'direct' ? 'environment variables' : 'environment variables, those of the init line first',
    why: 'config of @Module',
  };
}
