/** Replaces secret values in text that leaves the process. */
export interface Redactor {
  /** From now on `value` is shown as [REDACTED] wherever it appears, until the process ends. */
  add(value: string): void;
  redact(text: string): string;
}
