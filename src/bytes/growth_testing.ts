/**
 * For tests: whatever a parser is fed, its time grows as the file does. What
 * explodes on a hundred bytes is found on a hundred bytes, so that no test hangs.
 *
 * @module
 */

/** What is repeated, between what a format begins and ends with. */
export interface RepeatedInput {
  /** Before the repeated token [nothing]. */
  readonly head?: string;
  /** Latin-1, as all three. */
  readonly token: string;
  /** After it [nothing]. */
  readonly tail?: string;
}

/** A parser, which may refuse what it gets. */
export type Parser = (bytes: Uint8Array<ArrayBuffer>) => unknown;

/** Tokens of the formats and texts that are read: brackets, quotes, comments, markers, separators. */
export const tokens: readonly string[] = [
  ...[" ", "\n", "\r\n", "\t", "\0", "a", "0", "9", "-", ".", ",", ";", ":"],
  ...["/", "\\", "'", '"', "`", "#", "# ", "#\n", "=", "<", ">", "&", "@", "^"],
  ...["<!--", "-->", "<!---->", "<!-- -->", "<html", "</a>", "<?xml?>"],
  ...["{", "}", "{}", "[", "]", "[]", "(", ")", "()", "{ ", "node {", "node "],
  ...['""', "''", '"a",', '"a":', '{"a":', "\\u0000", "1,", "-1e9,", "1e999,"],
  ...["..", "../", "./", "a/", "//", "::", ":0", "a:0", "é", "\xff", "\x80"],
  ...["\xef\xbb\xbf", "\xf0\x9f\x8c\xb1", "\x1b[", "\x1b[0m", "\xc2\x9b"],
  ...["'descr':", "'shape': (", "1, ", "a,b\n", '"a"\n', '"', "a\n\n", "\n\n"],
  ...["\x0a\0", "\x0a\x02\x0a\0", "\x12\0", "\x1a\0", "\x2a\0", "\x08\x01"],
  ...["\x33", "\x34", "\x7b\x7c", "\xff\xff\xff\xff\x0f", "\x80\x80"],
  ...["\xff\xd8", "\xff\xe1\0\x02", "\xff\xff", "\xff\xc0\0\x02", "\xff\0"],
  ...["GIF89a", "\x21\xfe\x01a\0", "\x2c\0\0\0\0", "\0\0\0\0IDAT\0\0\0\0"],
  ...["RIFF", "WEBP", "VP8 \0\0\0\0", "ftyp", "II*\0", "MM\0*", "PK\x03\x04"],
  ...["\x1f\x8b", "%PDF", "BM", "P6 ", "version ", "true,", "null,", "NaN,"],
];

const smallBytes = 10_000;
const largeBytes = 100_000;
const largestRatio = 20;
/** What grows with the square takes a hundred times as long for the next ten times, a collection of garbage does not. */
const largestNextRatio = 50;
/** Below this, in milliseconds, a busy machine's noise is larger than any growth; what grows with the square of its length takes longer. */
const noise = 40;
/** More than any such input takes, in milliseconds, on the slowest machine. */
const slowest = 1_000;
const rounds = 5;

/**
 * Throws unless a parser takes at most 20 times as long for 100 kB of each
 * token as for 10 kB; of several tries the fastest counts.
 */
export async function checkGrowth(
  parse: Parser,
  { inputs = tokens.map((token) => ({ token })), clock = realTime }: {
    readonly inputs?: readonly RepeatedInput[] | undefined;
    /** In milliseconds. */
    readonly clock?: () => number;
  } = {},
): Promise<void> {
  const timeOf = async (bytes: Uint8Array<ArrayBuffer>) => {
    const start = clock();
    try {
      await parse(bytes);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
    return clock() - start;
  };
  for (const input of inputs) await checkOne(timeOf, input);
}

function realTime(): number {
  return performance.now();
}

/** Milliseconds for a file. */
type Timer = (bytes: Uint8Array<ArrayBuffer>) => Promise<number>;

async function checkOne(timeOf: Timer, input: RepeatedInput): Promise<void> {
  const said = JSON.stringify(input);
  // Upwards, so that what doubles with each token is met while it is short.
  for (let length = 16; length < smallBytes; length = nextLength(length)) {
    const time = await timeOf(repeated(input, length));
    if (time > slowest) {
      throw new Error(`${Math.round(time)} ms for ${length} bytes of ${said}`);
    }
  }
  const [least, most] = await fastestOf(timeOf, input, {
    lengths: [smallBytes, largeBytes],
    ratio: largestRatio,
  });
  if (most <= noise || most <= largestRatio * least) return;
  if (most < 2 * slowest) {
    const [large, larger] = await fastestOf(timeOf, input, {
      lengths: [largeBytes, 10 * largeBytes],
      ratio: largestNextRatio,
    });
    if (larger <= largestNextRatio * large) return;
  }
  throw new Error(
    `10 kB of ${said} take ${least.toFixed(2)} ms, 100 kB ${
      most.toFixed(2)
    } ms`,
  );
}

function nextLength(length: number): number {
  return length < 1_000 ? Math.ceil(length * 1.1) : 2 * length;
}

/** The shortest times of two lengths, in milliseconds, after as many rounds as it takes. */
async function fastestOf(
  timeOf: Timer,
  input: RepeatedInput,
  { lengths: [short, long], ratio }: {
    readonly lengths: readonly [number, number];
    readonly ratio: number;
  },
): Promise<[number, number]> {
  const small = repeated(input, short);
  const large = repeated(input, long);
  let [least, most] = [Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    least = Math.min(least, await timeOf(small));
    most = Math.min(most, await timeOf(large));
    if (most <= noise || most <= ratio * least || most > 2 * slowest) break;
  }
  return [least, most];
}

/** Latin-1 bytes of about that many. */
function repeated(
  { head = "", token, tail = "" }: RepeatedInput,
  length: number,
): Uint8Array<ArrayBuffer> {
  const count = Math.ceil(length / token.length);
  const text = head + token.repeat(count) + tail;
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
