/**
 * One sentence for what the file system refused.
 *
 * @module
 */
import { InputError, messageOf } from "../errors.ts";

/** Causes by the operating system's error code, each with what to do next. */
const causes: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder; check the path",
  EACCES: "no permission; choose another place or change its rights",
  EPERM: "no permission; choose another place or change its rights",
  EROFS: "the file system is read-only; choose another place",
  ENOSPC: "the disk is full; make room or choose another place",
  EDQUOT: "the disk quota is used up; make room or choose another place",
  EFBIG: "the file is larger than this system allows; choose another place",
  EISDIR: "it is a folder, a file is expected; check the path",
  ENOTDIR: "a part of the path is a file, not a folder; check the path",
  ENOTEMPTY: "it is a folder that is not empty; choose another name",
  EEXIST: "it exists already; choose another name",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  ELOOP: "its symbolic links run in a circle; remove one of them",
  EMFILE: "too many files are open; raise the limit with `ulimit -n`",
  EIO: "the disk reports a read or write error; check the disk",
};

/** The operating system's code (`ENOENT`) of an error, or of what a {@linkcode fileError} was made of, if it carries one. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof InputError) return errorCode(error.cause);
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Why a file could not be used, without its path: `no such file or folder; check the path`. */
export function fileErrorReason(error: unknown): string {
  if (isAmongDevices(error)) return amongDevicesReason;
  const code = errorCode(error);
  const cause = code !== undefined && error instanceof InputError
    ? error.cause
    : error;
  return causes[code ?? ""] ?? messageOf(cause);
}

/** Whether Deno keeps a path to itself, such as those in /dev and /proc: permissions do not cover them. */
export function isAmongDevices(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable" &&
    error.message.startsWith("Requires all access to ");
}

/** Why it is refused. */
export const amongDevicesReason =
  "it is among the system's devices; check the path";

/** Why a file is not found under the name by which a folder lists it. */
export const notUtf8Reason =
  "its name is not UTF-8 (perhaps Latin-1); rename it, e.g. with convmv -f latin1 -t utf8";

/** Whether a path has the character that stands for bytes that are not UTF-8: what it named is out of reach. */
export function isNotUtf8(path: string): boolean {
  return path.includes("\ufffd");
}

/**
 * The error to throw when the file system refuses: `Cannot write "a/b": the
 * disk is full; make room or choose another place`.
 */
export function fileError(
  error: unknown,
  { doing, path }: { doing: "read" | "write" | "remove"; path: string },
): InputError {
  return new InputError(
    `Cannot ${doing} ${JSON.stringify(path)}: ${
      errorCode(error) === "ENOENT" && isNotUtf8(path)
        ? notUtf8Reason
        : fileErrorReason(error)
    }`,
    { cause: error },
  );
}

/** For the `catch` of a promise: throws {@linkcode fileError}. */
export function throwFileError(
  what: Parameters<typeof fileError>[1],
): (error: unknown) => never {
  return (error) => {
    throw fileError(error, what);
  };
}
