/** Constants of a file as known values. */
import { dataTypes, type TensorDef } from "../graphdef.ts";
import { checkedShape, readTensor } from "../tensor.ts";
import { type Known, known } from "./value.ts";

/** The elements of a constant; those of int64 as far as f64 holds them. */
export function readKnown(tensor: TensorDef): Known {
  const shape = checkedShape(tensor);
  switch (tensor.dtype) {
    case dataTypes.int64:
      return known("int64", shape, wideNumbers(tensor, shape));
    case dataTypes.int32:
      return known("int32", shape, readTensor(tensor));
    case dataTypes.uint8:
      return known("uint8", shape, readTensor(tensor));
    case dataTypes.bool:
      return known("bool", shape, readTensor(tensor));
    default:
      return known("float", shape, readTensor(tensor));
  }
}

function wideNumbers(
  { content, values }: TensorDef,
  shape: readonly number[],
): number[] {
  const length = shape.reduce((product, size) => product * size, 1);
  if (content.length === 0) {
    return Array.from({ length }, (_, at) => values[at] ?? values.at(-1) ?? 0);
  }
  const view = new DataView(content.buffer, content.byteOffset);
  return Array.from(
    { length },
    (_, at) => Number(view.getBigInt64(at * 8, true)),
  );
}
