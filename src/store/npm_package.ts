/**
 * Packages as data: the archive that npm would install, checked and never run,
 * so that neither the package nor what it depends on enters the module graph.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { errorCode } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";

/** Which package. */
export interface NpmPackage {
  /** Its name, with the scope if it has one. */
  readonly package: string;
  /** The exact version. */
  readonly version: string;
  /** `sha512-` and the base64 digest of its archive. */
  readonly integrity: string;
}

/** npm is not installed, or this process may not run it. */
export class NpmMissingError extends InputError {}

/** The name that npm gives a package's archive. */
export function archiveName(wanted: NpmPackage): string {
  const name = wanted.package.replace(/^@/, "").replace("/", "-");
  return `${name}-${wanted.version}.tgz`;
}

/**
 * Brings a package's archive (.tgz) into `folder` with `npm pack`, which obeys
 * the user's npm settings (mirrors, proxies, cache). Needs `--allow-run=npm`.
 *
 * @returns The archive's path; its digest is not checked yet.
 * @throws {NpmMissingError} if npm cannot be run.
 * @throws {InputError} if npm fails.
 */
export async function packNpmPackage(
  wanted: NpmPackage,
  { folder, signal }: { folder: string; signal?: AbortSignal | undefined },
): Promise<string> {
  const name = `${wanted.package}@${wanted.version}`;
  const output = await runNpm(
    ["pack", name, "--ignore-scripts", "--pack-destination", folder],
    signal,
  );
  signal?.throwIfAborted();
  if (!output.success) {
    const said = new TextDecoder().decode(output.stderr);
    const reason = /^npm (?:ERR!|error) (?!code|errno|syscall)(.+)$/m.exec(
      said,
    );
    throw new InputError(
      `"npm pack ${name}" failed${
        reason ? ` (${reason[1]})` : ""
      }; connect to the network and run the same command again`,
    );
  }
  return join(folder, archiveName(wanted));
}

async function runNpm(
  args: string[],
  signal?: AbortSignal,
): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command("npm", {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      ...signal ? { signal } : {},
    }).output();
  } catch (error) {
    signal?.throwIfAborted();
    const isMissing = errorCode(error) === "ENOENT" ||
      error instanceof Deno.errors.NotCapable;
    if (!isMissing) throw error;
    throw new NpmMissingError(
      "npm cannot be run; install Node.js with npm and run the same command again",
      { cause: error },
    );
  }
}

/**
 * Checks an archive against the integrity that npm records for it.
 *
 * @throws {InputError} if it is another file.
 */
export function verifyIntegrity(archive: Uint8Array, wanted: NpmPackage): void {
  const digest = createHash("sha512").update(archive).digest("base64");
  if (`sha512-${digest}` === wanted.integrity) return;
  throw new InputError(
    `${
      archiveName(wanted)
    } is not the expected package (expected ${wanted.integrity}, got sha512-${digest}); delete it and fetch it again`,
  );
}
