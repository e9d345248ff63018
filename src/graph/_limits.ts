/** How large the tensors of a graph may be. */
import type { NodeDef } from "./graphdef.ts";
import { elementCount, type Tensor } from "./ir.ts";
import { importError } from "./ops/_attributes.ts";

/** Kernels index with 32 bits. */
const largestTensor = 2 ** 31;

/** Copies have strides for as many axes; most ops have images at most. */
const largestRank = 6;

/** Throws unless kernels can work on a tensor of that shape. */
export function checkSize(
  node: Pick<NodeDef, "name" | "op">,
  { shape }: Tensor,
): void {
  if (shape.length > largestRank) {
    throw importError(
      node,
      `shape [${
        shape.join(", ")
      }] has rank ${shape.length}, expected ${largestRank} at most`,
    );
  }
  if (!(Math.abs(elementCount(shape)) < largestTensor)) {
    throw importError(
      node,
      `shape [${shape.join(", ")}] has more elements than fit`,
    );
  }
}
