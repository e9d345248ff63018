/** Unique names below a prefix, numbered as TensorFlow does: conv, conv_1, conv_2. */
export class Scope {
  readonly #prefix: string;
  readonly #used = new Map<string, number>();

  constructor(prefix = "") {
    this.#prefix = prefix;
  }

  /** The next free name: `prefix/base`, then `prefix/base_1`. */
  name(base: string): string {
    const count = this.#used.get(base) ?? 0;
    this.#used.set(base, count + 1);
    return `${this.#prefix}${base}${count === 0 ? "" : `_${count}`}`;
  }

  /** A scope of the next free name. */
  child(base: string): Scope {
    return new Scope(`${this.name(base)}/`);
  }
}
