/**
 * Reads a file of weights of any of the formats that are known.
 *
 * @module
 */
import { gitLfsReason, isGitLfsPointer } from "../bytes/git_lfs.ts";
import { isZip, openZip } from "../bytes/zip.ts";
import { InputError } from "../errors.ts";
import { withoutPrefixes } from "./_prefixes.ts";
import { readSafetensorsWeights } from "./_safetensors_weights.ts";
import {
  isLegacyTorch,
  readTorchWeights,
  torchPickle,
} from "./_torch_weights.ts";
import type { WeightFile } from "./weight_file.ts";

/** Where a `.keras` file has its weights. */
const kerasMember = "model.weights.h5";

const remedy = "download it again";

/** Endings of files of weights, in an archive that holds one. */
const endings = [".safetensors", ".pth", ".pt", ".bin", ".h5", ".keras"];

/**
 * The tensors in a file of weights by name.
 *
 * @param bytes The file, or a wheel or another zip archive that holds it;
 *   tensors may be views of it.
 * @param options `source` names the file in messages; `member` is the file's
 *   name in an archive, which is not needed where it has only one.
 * @throws {InputError} if it is no such file, is damaged, or has code in it
 */
export async function readWeights(
  bytes: Uint8Array,
  { source, member }: { readonly source: string; readonly member?: string },
): Promise<WeightFile> {
  const file = await readFormat(bytes, { source, member });
  const { tensors, notes } = withoutPrefixes(file.tensors);
  return { ...file, tensors, notes: [...file.notes, ...notes] };
}

async function readFormat(
  bytes: Uint8Array,
  { source, member }: { source: string; member: string | undefined },
): Promise<WeightFile> {
  if (isLegacyTorch(bytes)) return readTorchWeights(bytes, source);
  if (isSafetensors(bytes)) return readSafetensorsWeights(bytes, source);
  if (isHdf5(bytes)) {
    const { readKerasWeights } = await import("./_keras_weights.ts");
    return readKerasWeights(bytes, source);
  }
  if (!isZip(bytes)) throw new InputError(`${source}: ${kindOf(bytes)}`);
  const zip = openZip(bytes, { name: source, remedy });
  if (member === undefined && torchPickle(zip) !== undefined) {
    return readTorchWeights(bytes, source);
  }
  const isKeras = zip.names.includes(kerasMember);
  const name = member ?? (isKeras ? kerasMember : onlyFile(zip.names, source));
  const inner = zip.read([name]).get(name) ?? new Uint8Array();
  const where = `${source}, ${name}`;
  const isPacked = isZip(inner) &&
    torchPickle(openZip(inner, { name: where, remedy })) === undefined;
  if (isPacked) {
    throw new InputError(`${where}: an archive in an archive; unpack it`);
  }
  return await readFormat(inner, { source: where, member: undefined });
}

function isHdf5(bytes: Uint8Array): boolean {
  return [0x89, 0x48, 0x44, 0x46].every((byte, at) => bytes[at] === byte);
}

function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 9 && bytes[8] === 0x7b && bytes[6] + bytes[7] === 0;
}

/** What a file is that holds no weights by name, and what to do with it. */
function kindOf(bytes: Uint8Array): string {
  if (isGitLfsPointer(bytes)) return gitLfsReason;
  const text = (at: number, length: number) =>
    String.fromCharCode(...bytes.subarray(at, at + length));
  const saveAnew = "load it in PyTorch, and save model.state_dict() anew";
  if (text(257, 5) === "ustar") {
    return `a tar archive, as PyTorch wrote its files before 0.1.10; ${saveAnew}`;
  }
  if (bytes[0] === 0x80 && bytes[1] <= 5) {
    return `a pickle that torch.save() did not write; ${saveAnew}`;
  }
  if (text(0, 64).trimStart().startsWith("<")) {
    return `an HTML page, not the file itself; ${remedy}`;
  }
  return "no file of weights that is known (safetensors, PyTorch, Keras); check the path";
}

/** The one file of weights in an archive. */
function onlyFile(names: readonly string[], source: string): string {
  const found = names.filter((name) =>
    endings.some((ending) => name.endsWith(ending))
  );
  if (found.length === 1) return found[0];
  const list = found.slice(0, 4).join(", ");
  throw new InputError(
    found.length === 0
      ? `${source}: an archive without a file of weights (${
        endings.join(", ")
      }); check the path`
      : `${source}: an archive of several files of weights (${list}); unpack the one that is meant`,
  );
}
