/**
 * What a file is, told by its first bytes and never by its name.
 *
 * @module
 */
import { isGitLfsPointer } from "../bytes/git_lfs.ts";

/** Kinds that {@linkcode decodeImage} decodes. */
export type DecodableKind = "jpeg" | "png" | "gif" | "webp";

/** Everything {@linkcode sniffImage} tells apart. */
export type ImageKind =
  | DecodableKind
  | "bmp"
  | "tiff"
  | "heic"
  | "avif"
  | "jpeg-xl"
  | "jpeg-2000"
  | "svg"
  | "psd"
  | "ico"
  | "pdf"
  | "video"
  | "zip"
  | "html"
  | "git-lfs"
  | "empty"
  | "unknown";

/** How a decodable kind is spelled in messages. */
export const kindNames = {
  jpeg: "JPEG",
  png: "PNG",
  gif: "GIF",
  webp: "WebP",
} as const satisfies Record<DecodableKind, string>;

const extensions = {
  jpeg: ["jpg", "jpeg", "jpe", "jfif", "mpo"],
  png: ["png", "apng"],
  gif: ["gif"],
  webp: ["webp"],
} as const satisfies Record<DecodableKind, readonly string[]>;

// Bytes as Latin-1 characters, so that a binary signature is one readable string.
const signatures: readonly (readonly [string, ImageKind])[] = [
  ["\xff\xd8\xff", "jpeg"],
  ["\x89PNG\r\n\x1a\n", "png"],
  ["GIF87a", "gif"],
  ["GIF89a", "gif"],
  ["BM", "bmp"],
  ["II*\0", "tiff"],
  ["MM\0*", "tiff"],
  ["II+\0", "tiff"],
  ["MM\0+", "tiff"],
  ["\xff\x0a", "jpeg-xl"],
  ["\0\0\0\x0cJXL \r\n\x87\n", "jpeg-xl"],
  ["\xff\x4f\xff\x51", "jpeg-2000"],
  ["\0\0\0\x0cjP  \r\n\x87\n", "jpeg-2000"],
  ["8BPS", "psd"],
  ["\0\0\x01\0", "ico"],
  ["%PDF-", "pdf"],
  ["\x1aE\xdf\xa3", "video"],
  ["PK\x03\x04", "zip"],
];

// What a text of markup begins with, behind comments and declarations of other names.
const markup: readonly (readonly [string, ImageKind])[] = [
  ["<!doctype html", "html"],
  ["<!doctype svg", "svg"],
  ["<html", "html"],
  ["<head", "html"],
  ["<body", "html"],
  ["<script", "html"],
  ["<svg", "svg"],
];

/**
 * Says what some bytes are.
 *
 * @example
 * ```ts
 * import { sniffImage } from "./sniff.ts";
 * sniffImage(new TextEncoder().encode("<html>404</html>")); // "html"
 * ```
 */
export function sniffImage(bytes: Uint8Array): ImageKind {
  if (bytes.length === 0) return "empty";
  const start = latin1(bytes, 0, startBytes);
  for (const [signature, kind] of signatures) {
    if (start.startsWith(signature)) return kind;
  }
  if (isGitLfsPointer(bytes)) return "git-lfs";
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return "webp";
  if (start.startsWith("RIFF") && start.slice(8, 12) === "AVI ") return "video";
  if (start.slice(4, 8) === "ftyp") return sniffBrands(bytes);
  return sniffMarkup(start.toLowerCase());
}

// A signature, or markup behind a long comment.
const startBytes = 4096;

// One pass: each step begins where the one before ended.
function sniffMarkup(text: string): ImageKind {
  const byteOrderMark = "\xef\xbb\xbf";
  let at = text.startsWith(byteOrderMark) ? byteOrderMark.length : 0;
  for (;;) {
    while (at < text.length && " \t\r\n".includes(text[at])) at++;
    const known = markup.find(([name]) =>
      text.startsWith(name, at) && !isNamed(text[at + name.length])
    );
    if (known) return known[1];
    const [end] = [["<!--", "-->"], ["<?xml", "?>"]]
      .flatMap(([opening, closing]) =>
        text.startsWith(opening, at) ? [closing] : []
      );
    const closed = end === undefined ? -1 : text.indexOf(end, at);
    if (end === undefined || closed < 0) return "unknown";
    at = closed + end.length;
  }
}

/** Whether a name goes on with that character. */
function isNamed(character: string | undefined): boolean {
  return character !== undefined && /[a-z0-9_-]/.test(character);
}

/**
 * Warns of a file whose name promises another kind than its bytes hold.
 *
 * @param path Only its extension is looked at; one that names no image kind is no promise.
 * @returns A warning without the path, such as `is WebP inside; decoded as WebP`, or undefined.
 */
export function extensionWarning(
  path: string,
  kind: ImageKind,
): string | undefined {
  if (!isDecodable(kind)) return undefined;
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const promised = Object.values(extensions).flat().some((known) =>
    known === extension
  );
  const kept = extensions[kind].some((known) => known === extension);
  if (!promised || kept) return undefined;
  return `is ${kindNames[kind]} inside; decoded as ${kindNames[kind]}`;
}

/** Whether a kind is decoded here. */
export function isDecodable(kind: ImageKind): kind is DecodableKind {
  return Object.hasOwn(kindNames, kind);
}

/** Some bytes as Latin-1 text, one character a byte. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

// An ISO media file names a major brand, a version, and brands it is compatible with; a HEIF
// container (mif1, msf1) may hold either codec, so all of them are looked at.
function sniffBrands(bytes: Uint8Array): ImageKind {
  const boxLength = (bytes[2] << 8) | bytes[3];
  const brands = latin1(bytes, 8, Math.min(boxLength, 256));
  if (/avi[fs]/.test(brands)) return "avif";
  if (/hei[cxms]|hev[cxms]|mif1|msf1/.test(brands)) return "heic";
  return /^(isom|iso\d|mp4\d|avc1|qt {2}|M4V |3g[p2]\w|MSNV)/.test(brands)
    ? "video"
    : "unknown";
}
