import { Duplex } from 'node:stream';

/** What a database driver takes for its socket, without one. It holds no process open. */
export abstract class DriverStream extends Duplex {
  /** The driver's; where to is not for it to say. */
  abstract connect(): this;

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
