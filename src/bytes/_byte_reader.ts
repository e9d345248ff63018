import { InputError, messageOf } from "../errors.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** Takes exact counts of bytes from a stream that may be gzipped. */
export class ByteReader {
  readonly #name: string;
  readonly #chunks: AsyncIterator<Chunk>;
  #chunk: Chunk = new Uint8Array();

  private constructor(chunks: AsyncIterator<Chunk>, name: string) {
    this.#chunks = chunks;
    this.#name = name;
  }

  /** Looks at the first two bytes to tell gzip from plain. */
  static async open(
    source: Uint8Array | ReadableStream<Uint8Array>,
    name: string,
  ): Promise<ByteReader> {
    const plain = new ByteReader(chunksOf(source), name);
    while (plain.#chunk.length < 2 && await plain.#more());
    const isGzip = plain.#chunk[0] === 0x1f && plain.#chunk[1] === 0x8b;
    if (!isGzip) return plain;
    const compressed = ReadableStream.from(plain.#rest());
    const unpacked = compressed.pipeThrough(new DecompressionStream("gzip"));
    return new ByteReader(chunksOf(unpacked), name);
  }

  /** The next `count` bytes, as a copy. */
  async take(count: number): Promise<Chunk> {
    const parts: Chunk[] = [];
    for await (const part of this.#next(count)) parts.push(part);
    if (parts.length === 1) return parts[0].slice();
    const bytes = new Uint8Array(count);
    let position = 0;
    for (const part of parts) {
      bytes.set(part, position);
      position += part.length;
    }
    return bytes;
  }

  /** Passes over the next `count` bytes. */
  async skip(count: number): Promise<void> {
    for await (const _ of this.#next(count));
  }

  /** Stops the stream, read to the end or not. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** The next `count` bytes, in the pieces they come in: a claimed size allocates nothing by itself. */
  async *#next(count: number): AsyncGenerator<Chunk> {
    let missing = count;
    while (missing > 0) {
      if (this.#chunk.length === 0 && !await this.#more()) {
        throw new InputError(`${this.#name}: truncated; download it again`);
      }
      const part = this.#chunk.subarray(0, missing);
      this.#chunk = this.#chunk.subarray(part.length);
      missing -= part.length;
      yield part;
    }
  }

  /** Appends the next chunk to what is left; false at the end. */
  async #more(): Promise<boolean> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#chunk = this.#chunk.length === 0
        ? value
        : joined(this.#chunk, value);
      return true;
    } catch (error) {
      throw new InputError(
        `${this.#name}: cannot be unpacked (${
          messageOf(error)
        }); download it again`,
        { cause: error },
      );
    }
  }

  /** What {@linkcode open} has read ahead, and all that follows. */
  async *#rest(): AsyncGenerator<Chunk> {
    try {
      do {
        yield this.#chunk;
        this.#chunk = new Uint8Array();
      } while (await this.#more());
    } finally {
      await this.close();
    }
  }
}

function joined(first: Chunk, second: Chunk): Chunk {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/** Small pieces, because a whole archive unpacked in one piece would be held at once. */
const pieceBytes = 64 * 1024;

async function* chunksOf(
  source: Uint8Array | ReadableStream<Uint8Array>,
): AsyncGenerator<Chunk> {
  if (!(source instanceof Uint8Array)) {
    for await (const chunk of source) yield new Uint8Array(chunk);
    return;
  }
  for (let start = 0; start < source.length; start += pieceBytes) {
    yield new Uint8Array(source.subarray(start, start + pieceBytes));
  }
}
