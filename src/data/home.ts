/**
 * Where models, cached features and tuning tables are kept.
 *
 * @module
 */
import { isAbsolute, join } from "@std/path";
import { UsageError } from "../errors.ts";

/** The environment, as `Deno.env` is one; asked for three names only. */
export interface Environment {
  /** The value of a variable, undefined if it is not set. */
  get(name: "ESPALIER_HOME" | "XDG_CACHE_HOME" | "HOME"): string | undefined;
}

/** The folders of the store; none need exist. */
export interface Home {
  /** Holds the others. */
  readonly root: string;
  /** Models. */
  readonly models: string;
  /** Data sets. */
  readonly data: string;
  /** Cached rows of features. */
  readonly features: string;
  /** What was measured of each adapter. */
  readonly tuning: string;
}

/**
 * The store: `$ESPALIER_HOME`, else `$XDG_CACHE_HOME/espalier`, else
 * `~/.cache/espalier`. A relative `XDG_CACHE_HOME` is passed over, as the XDG
 * Base Directory Specification asks.
 *
 * @throws {UsageError} if none of the three is set
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { espalierHome } from "./home.ts";
 * const home = espalierHome(new Map([["HOME", "/home/ada"]]));
 * strictEqual(home.models, "/home/ada/.cache/espalier/models");
 * ```
 */
export function espalierHome(environment: Environment): Home {
  const root = rootOf(environment);
  return {
    root,
    models: join(root, "models"),
    data: join(root, "data"),
    features: join(root, "features"),
    tuning: join(root, "tuning"),
  };
}

function rootOf(environment: Environment): string {
  const chosen = environment.get("ESPALIER_HOME");
  if (chosen) return chosen;
  const cache = environment.get("XDG_CACHE_HOME");
  if (cache && isAbsolute(cache)) return join(cache, "espalier");
  const home = environment.get("HOME");
  if (home) return join(home, ".cache", "espalier");
  throw new UsageError(
    "No folder for models and cache: HOME is not set; set ESPALIER_HOME to a folder",
  );
}

/** A part of `builtin:digits`: some of five digits to try heads on, or all there are, to train networks. */
export type DigitsPart = "demo" | "all";

/** Where the parts of `builtin:digits` live below a store, there or not. */
export function digitsFolders(
  home: string,
): { readonly [P in DigitsPart]: string } {
  return {
    demo: join(home, "data", "digits"),
    all: join(home, "data", "all", "digits"),
  };
}

/** The file beside a data set's pictures that says where it is from. */
export const dataSetRecordName = ".espalier.json";

/** Where a data set of a name lives below a store, there or not. */
export function dataSetFolders(
  home: string,
  name: string,
): {
  /** Its pictures. */
  readonly folder: string;
  /** Without this file it is not there. */
  readonly record: string;
  /** Its archive, while it comes. */
  readonly downloads: string;
} {
  const folder = join(home, "data", name);
  return {
    folder,
    record: join(folder, dataSetRecordName),
    downloads: join(home, "data", ".downloads", name),
  };
}
