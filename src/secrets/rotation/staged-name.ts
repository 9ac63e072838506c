const suffix = '.pywatt-staged';

/** The name under which a provider keeps the next value of a secret while several are being stored. */
export function stagedName(name: string): string {
  return name + suffix;
}

/** Whether that is such a name, and so no secret. */
export function isStagedName(name: string): boolean {
  return name.endsWith(suffix);
}
