/**
 * Elements that lie in files beside a model's.
 *
 * @module
 */
import { dirname, join, sep } from "@std/path";
import { type FileLimit, readRegularFile } from "../bytes/regular_file.ts";
import { fileError } from "../bytes/file_error.ts";
import { InputError } from "../errors.ts";
import type { OnnxModel, OnnxNode, OnnxTensor } from "./model.ts";

const limit: FileLimit = {
  what: "data of a model",
  maximumBytes: 2 ** 32,
};

/** A model whose tensors have all their elements, and what was read for that. */
export interface WholeModel {
  readonly model: OnnxModel;
  /** The files beside the model's, in the order of their names. */
  readonly files: readonly Uint8Array[];
}

/**
 * Reads the files beside a model's that it has tensors in; only those in its
 * folder or below, whatever links say.
 *
 * @throws {InputError} if a file is not there, lies elsewhere, or is too short
 */
export async function readExternalData(
  model: OnnxModel,
  { path }: { readonly path: string },
): Promise<WholeModel> {
  const { graph } = model;
  const tensors = [
    ...graph.initializers,
    ...graph.nodes.flatMap(tensorsOf),
  ].filter(({ external }) => external);
  const locations = new Map(
    tensors.flatMap(({ name, external }) =>
      external ? [[external.location, name] as const] : []
    ),
  );
  const files = new Map<string, Uint8Array>();
  for (const [location, tensor] of [...locations].sort()) {
    files.set(location, await readBeside(path, { location, tensor }));
  }
  const whole = (tensor: OnnxTensor) => withElements(tensor, { files, path });
  return {
    files: [...files.values()],
    model: tensors.length === 0 ? model : {
      ...model,
      graph: {
        ...graph,
        initializers: graph.initializers.map(whole),
        nodes: graph.nodes.map((node) => withTensors(node, whole)),
      },
    },
  };
}

function tensorsOf({ attributes }: OnnxNode): OnnxTensor[] {
  return [...attributes.values()].flatMap((attribute) =>
    attribute.kind === "tensor" ? [attribute.value] : []
  );
}

function withTensors(
  node: OnnxNode,
  whole: (tensor: OnnxTensor) => OnnxTensor,
): OnnxNode {
  if (!tensorsOf(node).some(({ external }) => external)) return node;
  const attributes = new Map(
    [...node.attributes].map(([name, attribute]) => [
      name,
      attribute.kind === "tensor"
        ? { ...attribute, value: whole(attribute.value) }
        : attribute,
    ]),
  );
  return { ...node, attributes };
}

/** The whole file, once it is sure that it lies where it may. */
async function readBeside(
  path: string,
  { location, tensor }: { readonly location: string; readonly tensor: string },
): Promise<Uint8Array> {
  const parts = location.split(/[/\\]/);
  const isBelow = location !== "" && parts.every((part) => part !== "..") &&
    parts[0] !== "" && !/^[A-Za-z]:/.test(location);
  if (!isBelow) throw outside(path, { location, tensor });
  const folder = dirname(path);
  const beside = join(folder, location);
  const [root, real] = await Promise.all(
    [folder === "" ? "." : folder, beside].map((path) => Deno.realPath(path)),
  ).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw fileError(error, { doing: "read", path: beside });
    }
    throw new InputError(
      `"${path}" keeps tensor "${tensor}" in "${location}", which is not beside it: put that file there`,
      { cause: error },
    );
  });
  const home = root.endsWith(sep) ? root : `${root}${sep}`;
  if (!real.startsWith(home)) throw outside(path, { location, tensor });
  return await readRegularFile(beside, limit);
}

function outside(
  path: string,
  { location, tensor }: { readonly location: string; readonly tensor: string },
): InputError {
  return new InputError(
    `"${path}" keeps tensor "${tensor}" in "${location}", which is outside of its folder: only files beside the model are read; save it with its data beside it`,
  );
}

/** The tensor with its elements as a view on the file that has them. */
function withElements(
  tensor: OnnxTensor,
  { files, path }: {
    readonly files: ReadonlyMap<string, Uint8Array>;
    readonly path: string;
  },
): OnnxTensor {
  const { external, ...rest } = tensor;
  if (!external) return tensor;
  const { location, offset } = external;
  const file = files.get(location);
  if (!file) throw new Error(`"${location}" was not read`);
  const { length = file.length - offset } = external;
  const isSound = [offset, length].every((count) =>
    Number.isSafeInteger(count) && count >= 0
  );
  if (!isSound || offset + length > file.length) {
    throw new InputError(
      `"${path}" keeps tensor "${tensor.name}" in bytes ${offset} to ${
        offset + length
      } of "${location}", which has ${file.length}: fetch that file again, whole`,
    );
  }
  return { ...rest, raw: file.subarray(offset, offset + length) };
}
