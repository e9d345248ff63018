/**
 * A log of JSON objects, one a line, that a killed process leaves readable.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { errorCode, fileError } from "./file_error.ts";
import { checkIsFile, fileLimits, readRegularText } from "./regular_file.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { printableJson } from "./printable.ts";

const lineFeed = 0x0a;

/** An open log; each record is handed to the system whole, so that a kill loses nothing already appended. */
export interface JsonLinesLog extends Disposable {
  /**
   * Appends one record as a line.
   *
   * @throws {InputError} if the disk is full
   */
  append(record: JsonObject): void;
}

/**
 * Opens a log to append to, and makes it if it is missing. What a crash left of
 * a last line is cut off.
 *
 * @throws {InputError} if the file cannot be written
 */
export function openLog(path: string): JsonLinesLog {
  const lines = openLines(path);
  return {
    append: (record) => lines.append(printableJson(record)),
    [Symbol.dispose]: () => lines[Symbol.dispose](),
  };
}

/** {@linkcode openLog} for lines of any text. */
export function openLines(
  path: string,
): Disposable & { append(line: string): void } {
  const writing = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw fileError(error, { doing: "write", path });
    }
  };
  const file = writing(() => {
    cutTornLine(path);
    return Deno.openSync(path, { append: true, create: true });
  });
  return {
    append(line) {
      const bytes = new TextEncoder().encode(`${line}\n`);
      writing(() => {
        for (let written = 0; written < bytes.length;) {
          written += file.writeSync(bytes.subarray(written));
        }
      });
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/**
 * Reads a log; a torn last line is dropped, a missing file is an empty log.
 *
 * @throws {InputError} if the file cannot be read, or a whole line is not a JSON object
 */
export async function readLog(path: string): Promise<JsonObject[]> {
  try {
    const text = await readRegularText(path, fileLimits.log);
    return parseLog(text, { name: path });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/**
 * Parses a log's text; what follows the last line feed is torn, and dropped.
 *
 * @throws {InputError} naming `name` and the line that is not a JSON object
 */
export function parseLog(
  text: string,
  { name = "log" }: { name?: string } = {},
): JsonObject[] {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n").slice(
    0,
    -1,
  );
  return lines.map((line, index) => {
    const record = parseLine(line);
    if (record !== undefined) return record;
    throw new InputError(
      `${name}, line ${index + 1}: not a JSON object; remove the line`,
    );
  });
}

function parseLine(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function cutTornLine(path: string): void {
  let bytes: Uint8Array;
  try {
    // Opened to append, a pipe would wait for its reader for ever.
    checkIsFile(Deno.statSync(path));
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  const whole = bytes.lastIndexOf(lineFeed) + 1;
  if (whole < bytes.length) Deno.truncateSync(path, whole);
}
