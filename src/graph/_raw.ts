/** Between the shape of the schema and ours. */
import type { RawAttribute, RawShape, RawTensor } from "./_wire.ts";
import {
  type AttrList,
  type AttrValue,
  dataTypes,
  type PartialShape,
  type TensorDef,
} from "./node_def.ts";

/** Attributes by name; one without a value is left out. */
export function attributesOf(
  raw: Record<string, RawAttribute>,
): Map<string, AttrValue> {
  const attributes = new Map<string, AttrValue>();
  for (const [name, value] of Object.entries(raw)) {
    const attribute = attributeOf(value);
    if (attribute) attributes.set(name, attribute);
  }
  return attributes;
}

function attributeOf(raw: RawAttribute): AttrValue | undefined {
  if (raw.s) return { kind: "bytes", value: raw.s };
  if (raw.i !== undefined) return { kind: "int", value: raw.i };
  if (raw.f !== undefined) return { kind: "float", value: raw.f };
  if (raw.b !== undefined) return { kind: "bool", value: raw.b };
  if (raw.type !== undefined) return { kind: "type", value: raw.type };
  if (raw.shape) return { kind: "shape", value: shapeOf(raw.shape) };
  if (raw.tensor) return { kind: "tensor", value: tensorDefOf(raw.tensor) };
  if (raw.func) return { kind: "function", value: raw.func };
  if (raw.placeholder !== undefined) {
    return { kind: "placeholder", value: raw.placeholder };
  }
  if (!raw.list) return undefined;
  return {
    kind: "list",
    value: {
      bytes: raw.list.s ?? [],
      ints: raw.list.i ?? [],
      floats: raw.list.f ?? [],
      bools: raw.list.b ?? [],
      types: raw.list.type ?? [],
      shapes: (raw.list.shape ?? []).map(shapeOf),
      tensors: (raw.list.tensor ?? []).map(tensorDefOf),
      functions: raw.list.func ?? [],
    },
  };
}

function shapeOf(raw: RawShape): PartialShape {
  if (raw.unknown_rank) return null;
  return (raw.dim ?? []).map((dimension) => dimension.size ?? 0);
}

function tensorDefOf(raw: RawTensor): TensorDef {
  const lists = [
    raw.float_val,
    raw.double_val,
    raw.int_val,
    raw.int64_val,
    raw.half_val,
    raw.bool_val?.map(Number),
  ];
  return {
    dtype: raw.dtype ?? 0,
    shape: shapeOf(raw.tensor_shape ?? {}),
    content: raw.tensor_content ?? new Uint8Array(0),
    values: lists.find((list) => list?.length) ?? [],
    strings: raw.string_val ?? [],
  };
}

/** An attribute in the schema's shape. */
export function rawAttribute(attribute: AttrValue): RawAttribute {
  switch (attribute.kind) {
    case "bytes":
      return { s: attribute.value };
    case "int":
      return { i: attribute.value };
    case "float":
      return { f: attribute.value };
    case "bool":
      return { b: attribute.value };
    case "type":
      return { type: attribute.value };
    case "shape":
      return { shape: rawShape(attribute.value) };
    case "tensor":
      return { tensor: rawTensor(attribute.value) };
    case "placeholder":
      return { placeholder: attribute.value };
    case "function":
      return { func: attribute.value };
    case "list":
      return { list: rawList(attribute.value) };
    default:
      return attribute satisfies never;
  }
}

function rawList(list: AttrList): NonNullable<RawAttribute["list"]> {
  return {
    s: [...list.bytes],
    i: [...list.ints],
    f: [...list.floats],
    b: [...list.bools],
    type: [...list.types],
    shape: list.shapes.map(rawShape),
    tensor: list.tensors.map(rawTensor),
    func: [...list.functions],
  };
}

function rawShape(shape: PartialShape): RawShape {
  return shape === null
    ? { unknown_rank: true }
    : { dim: shape.map((size) => ({ size })) };
}

function rawTensor(tensor: TensorDef): RawTensor {
  const { dtype, shape, content, values, strings } = tensor;
  const raw = { dtype, tensor_shape: rawShape(shape), tensor_content: content };
  if (strings.length > 0) return { ...raw, string_val: [...strings] };
  switch (dtype) {
    case dataTypes.float:
      return { ...raw, float_val: [...values] };
    case dataTypes.double:
      return { ...raw, double_val: [...values] };
    case dataTypes.int64:
      return { ...raw, int64_val: [...values] };
    case dataTypes.bool:
      return { ...raw, bool_val: values.map(Boolean) };
    case dataTypes.half:
    case dataTypes.bfloat16:
      return { ...raw, half_val: [...values] };
    default:
      return { ...raw, int_val: [...values] };
  }
}
