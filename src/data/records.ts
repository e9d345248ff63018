/**
 * What is known of each picture, and of pictures that were left out.
 *
 * @module
 */

/** A file of a class folder. */
export interface ImageRecord {
  /** Relative to the data folder, with forward slashes: `roses/2019/a.jpg`. */
  readonly path: string;
  /** The path to open. */
  readonly file: string;
  /** The name of the class folder, as written. */
  readonly label: string;
}

/** A record whose bytes are known by their digest. */
export interface DigestedRecord extends ImageRecord {
  /** SHA-256 of the file's bytes, 64 hex digits. */
  readonly sha256: string;
  /** As what it is stored, where it is a picture: `jpeg`, and its EXIF orientation, 1 to 8. */
  readonly stored?: { readonly kind: string; readonly orientation: number };
}

/** A file that was left out, for `skipped.csv`. */
export interface SkippedFile {
  /** Relative to the data folder, with forward slashes; in a separate folder the whole. */
  readonly path: string;
  /** Why, in words; without the path. */
  readonly reason: string;
}

/** Something the user should know that stops nothing. */
export interface DataWarning {
  /** What it is about, for programs. */
  readonly kind:
    | "similar-labels"
    | "duplicate-in-class"
    | "duplicate-across-classes"
    | "duplicate-in-part"
    | "missing-class"
    | "parts"
    | "imbalance"
    | "cache";
  /** One sentence. */
  readonly message: string;
}

/** Hears of what is found in a data set at once, also before an error ends it. */
export interface DataListener {
  warn(warning: DataWarning): void;
  skip(file: SkippedFile): void;
}
