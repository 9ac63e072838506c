import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import type { Identity, Recipient, Stanza } from 'age-encryption';

const label = 'age-encryption.org/v1/scrypt';
const highestWorkFactor = 20;
const noNonce = Buffer.alloc(12);
const tagBytes = 16;

/**
 * The scrypt stanza of the age format (https://age-encryption.org/v1), with Node's scrypt, which runs in a thread. Files
 * are those of `age --passphrase`.
 */
export class ScryptKey implements Recipient, Identity {
  constructor(
    private readonly passphrase: string,
    private readonly workFactor: number,
    private readonly stanza: (args: string[], body: Uint8Array) => Stanza,
  ) {}

  async wrapFileKey(fileKey: Uint8Array): Promise<Stanza[]> {
    const salt = randomBytes(16);
    const cipher = createCipheriv('chacha20-poly1305', await this.#derive(salt, this.workFactor), noNonce, {
      authTagLength: tagBytes,
    });
    const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
    return [this.stanza(['scrypt', salt.toString('base64').replace(/=+$/, ''), String(this.workFactor)], body)];
  }

  async unwrapFileKey(stanzas: Stanza[]): Promise<Uint8Array | null> {
    const [stanza, another] = stanzas;
    const [kind, salt = '', rounds = ''] = stanza?.args ?? [];
    if (!stanza || another || kind !== 'scrypt') return null;
    const bytes = Buffer.from(salt, 'base64');
    if (!/^[1-9][0-9]?$/.test(rounds) || Number(rounds) > highestWorkFactor || bytes.length !== 16) return null;
    const key = await this.#derive(bytes, Number(rounds));
    const cipher = createDecipheriv('chacha20-poly1305', key, noNonce, { authTagLength: tagBytes });
    cipher.setAuthTag(stanza.body.subarray(-tagBytes));
    try {
      return new Uint8Array(Buffer.concat([cipher.update(stanza.body.subarray(0, -tagBytes)), cipher.final()]));
    } catch {
      return null;
    }
  }

  #derive(salt: Uint8Array, workFactor: number): Promise<Buffer> {
    const N = 2 ** workFactor;
    const salted = Buffer.concat([Buffer.from(label), salt]);
    return new Promise((resolve, reject) => {
      scrypt(this.passphrase, salted, 32, { N, r: 8, p: 1, maxmem: 256 * N * 8 }, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    });
  }
}
