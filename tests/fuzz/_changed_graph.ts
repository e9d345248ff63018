import type { Random } from "../../src/bytes/random.ts";
import type {
  AttrValue,
  GraphDef,
  NodeDef,
  PartialShape,
  TensorDef,
} from "../../src/graph/mod.ts";

/** Sizes, axes, strides and counts that a graph may not expect. */
const numbers = [
  ...[0, 1, 2, 3, 7, -1, -2, 255, 256, 4096, 65_536, 2 ** 24, 2 ** 28],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 40, 2 ** 53, 2 ** 63],
];
const floats = [0, -0, 1e-45, 3.4e38, Infinity, -Infinity, NaN, -1];
const texts = ["SAME", "VALID", "NCHW", "NHWC", "", "\u0000", "EXPLICIT"];

/** A whole graph of which a node is left out, copied, renamed, or has another attribute or input. */
export function changedGraph(graph: GraphDef, random: Random): GraphDef {
  const at = random.below(graph.nodes.length);
  const node = graph.nodes[at];
  const other = graph.nodes[random.below(graph.nodes.length)];
  const nodes = [...graph.nodes];
  switch (random.below(8)) {
    case 0:
      nodes.splice(at, 1);
      break;
    case 1:
      nodes.push({ ...node, name: `${node.name}_2` });
      break;
    case 2:
      nodes[at] = { ...node, op: other.op };
      break;
    case 3:
      nodes[at] = { ...node, inputs: changedInputs(node, { other, random }) };
      break;
    default:
      nodes[at] = { ...node, attributes: changedAttributes(node, random) };
  }
  return { ...graph, nodes };
}

function changedInputs(
  { inputs, name }: NodeDef,
  { other, random }: { readonly other: NodeDef; readonly random: Random },
): string[] {
  const input = [other.name, `^${other.name}`, `${other.name}:1`, name, ""];
  const changed = [...inputs];
  const at = random.below(inputs.length + 1);
  const replaced = random.below(2);
  changed.splice(at, replaced, input[random.below(input.length)]);
  return changed;
}

function changedAttributes(
  { attributes }: NodeDef,
  random: Random,
): ReadonlyMap<string, AttrValue> {
  const entries = [...attributes];
  if (entries.length === 0) return attributes;
  const at = random.below(entries.length);
  const [name, value] = entries[at];
  if (random.below(8) === 0) entries.splice(at, 1);
  else entries[at] = [name, changedValue(value, random)];
  return new Map(entries);
}

function changedValue(attribute: AttrValue, random: Random): AttrValue {
  const number = () => numbers[random.below(numbers.length)];
  switch (attribute.kind) {
    case "int":
      return { ...attribute, value: number() };
    case "type":
      return { ...attribute, value: random.below(30) };
    case "float":
      return { ...attribute, value: floats[random.below(floats.length)] };
    case "bool":
      return { ...attribute, value: !attribute.value };
    case "bytes": {
      const text = texts[random.below(texts.length)];
      return { ...attribute, value: new TextEncoder().encode(text) };
    }
    case "shape":
      return { ...attribute, value: changedShape(attribute.value, random) };
    case "tensor":
      return { ...attribute, value: changedTensor(attribute.value, random) };
    case "list": {
      const ints = attribute.value.ints.map((value) =>
        random.below(3) === 0 ? number() : value
      );
      return { ...attribute, value: { ...attribute.value, ints } };
    }
    case "placeholder":
    case "function":
      return { kind: "int", value: number() };
    default:
      return attribute satisfies never;
  }
}

function changedShape(shape: PartialShape, random: Random): PartialShape {
  if (shape === null || random.below(8) === 0) return shape ? null : [];
  const changed = [...shape];
  const size = numbers[random.below(numbers.length)];
  changed.splice(random.below(shape.length + 1), random.below(2), size);
  return changed;
}

function changedTensor(tensor: TensorDef, random: Random): TensorDef {
  switch (random.below(5)) {
    case 0:
      return { ...tensor, dtype: random.below(24) };
    case 3:
      return {
        ...tensor,
        shape: [1, 1].map(() => numbers[random.below(numbers.length)]),
        content: new Uint8Array(0),
        values: [random.below(3)],
      };
    case 1:
      return {
        ...tensor,
        content: tensor.content.subarray(random.below(8)),
      };
    case 2:
      return {
        ...tensor,
        content: new Uint8Array(0),
        values: [numbers[random.below(numbers.length)]],
      };
    default:
      return { ...tensor, shape: changedShape(tensor.shape, random) };
  }
}
