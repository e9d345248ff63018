/**
 * Results that are on their way from the GPU, told in the order they were asked
 * for. Who asks for the next ones before he waits for the last keeps it busy
 * while a readback sleeps.
 */
export class Reports {
  readonly #waiting: (() => Promise<void>)[] = [];

  /** Passes `results` on to `tell` when their turn comes. */
  add<T>(
    results: Promise<T>,
    tell: (results: T) => void | Promise<void>,
  ): void {
    // A failure waits for its turn, too.
    results.catch(() => {});
    this.#waiting.push(async () => tell(await results));
  }

  /**
   * Waits for all but the newest `left` and tells them.
   *
   * @throws what a result or its telling threw; the later ones are not told
   */
  async tell({ left = 0 } = {}): Promise<void> {
    while (this.#waiting.length > left) await this.#waiting.shift()?.();
  }
}
