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
];

const htmlStart =
  /^(\xef\xbb\xbf)?\s*(<!--[^]*?-->\s*)*<(!doctype html|html|head|body|script)\b/i;

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
  const start = latin1(bytes, 0, 512);
  for (const [signature, kind] of signatures) {
    if (start.startsWith(signature)) return kind;
  }
  if (isGitLfsPointer(bytes)) return "git-lfs";
  if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return "webp";
  if (start.slice(4, 8) === "ftyp") return sniffBrands(bytes);
  return htmlStart.test(start) ? "html" : "unknown";
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
  const extension = /\.([^./\\]+)$/.exec(path)?.[1].toLowerCase();
  const promised = Object.values(extensions).flat().some((known) =>
    known === extension
  );
  const kept = extensions[kind].some((known) => known === extension);
  if (!promised || kept) return undefined;
  return `is ${kindNames[kind]} inside; decoded as ${kindNames[kind]}`;
}

function isDecodable(kind: ImageKind): kind is DecodableKind {
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
  return /hei[cxms]|hev[cxms]|mif1|msf1/.test(brands) ? "heic" : "unknown";
}
