/** A name as it stands before a `:`, so that none begins with another and its `:`. */
export function nameSegment(name: string): string {
  return name.replaceAll('%', '%25').replaceAll(':', '%3A');
}
