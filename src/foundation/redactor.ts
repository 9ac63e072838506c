/**
 * In characters. Shorter values stand in half of all words and numbers, so that they cannot be hidden wherever they stand:
 * no secret may be so short, and none is hidden.
 */
export const shortestSecret = 4;

/** What is known of a secret beside its value. */
export interface SecretFacts {
  /** Whose value it is. A value is hidden as long as one name has it. */
  readonly name?: string;
  /**
   * What its users read it as. Numbers, booleans and durations are hidden by the name of the key they stand under, never by
   * value, since that would blank ordinary text everywhere; so is, where the form is not known, what looks like a
   * boolean or like a number of up to three characters.
   */
  readonly form?: string;
}

/** Replaces secret values in text that leaves the process. */
export interface Redactor {
  /** From now on `value` is shown as [REDACTED] wherever it appears. Adding the same again changes nothing. */
  add(value: string, facts?: SecretFacts): void;
  /**
   * The secret of that name has another value now; without a name, the one that was added without or the only one that
   * has it. When no other has it, the value is hidden for a while longer, then forgotten.
   */
  retire(value: string, name?: string): void;
  redact(text: string): string;
  /** Whether what stands under this key is a secret by the name of the key. */
  hidesKey(key: string): boolean;
}
