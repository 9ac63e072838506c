/** In SQL beyond this, nothing is looked for. */
const maxBytes = 1024 ** 2;

/** The SQL of a Query or a Parse, as its bytes come. */
export class StatementText {
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** Another message begins. */
  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }

  add(bytes: Uint8Array): void {
    if (this.isTooLong) return;
    this.#pieces.push(bytes);
    this.#bytes += bytes.byteLength;
  }

  get isTooLong(): boolean {
    return this.#bytes >= maxBytes;
  }

  /** Hands over what came. In a Parse the name of the statement stands first. */
  take(isParse: boolean): { readonly sql: string; readonly isNamed: boolean; readonly isWhole: boolean } {
    const body = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [];
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const nameEnd = isParse ? text.indexOf(0) : -1;
    const end = text.indexOf(0, nameEnd + 1);
    const sql = text.toString('utf8', nameEnd + 1, end < 0 ? text.byteLength : end);
    return { sql, isNamed: nameEnd > 0, isWhole: end >= 0 };
  }
}
