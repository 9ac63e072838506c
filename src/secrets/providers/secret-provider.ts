/** One place that holds secrets. All methods reject with `SecretError` PROVIDER_FAILED when the place fails. */
export interface SecretProvider {
  /** What it is, for reports: `env PYWATT_SECRET_*`, `file ./secrets`. */
  readonly name: string;
  /** Where it looks for a secret, in the words people use to put it there: `PYWATT_SECRET_STRIPE_KEY`. */
  placesOf(name: string): readonly string[];
  /** The value, or undefined when it has none. An empty value counts as none. */
  get(name: string): Promise<string | undefined>;
  /** True, or why the secret cannot be written here and what to do instead. */
  canWrite(name: string): Promise<true | string>;
  /** Stores the value; providers that never can leave it out. Afterwards `get` returns it. */
  set?(name: string, value: string): Promise<void>;
  /** The names it has, where it can tell. */
  list?(): Promise<readonly string[]>;
}
