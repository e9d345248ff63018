/**
 * A frozen graph at half its size.
 *
 * @module
 */
import { areWeights, halvesOf } from "../bytes/halves.ts";
import type { GraphDef, NodeDef } from "./graphdef.ts";
import { constantNode, makeNode, typeAttribute } from "./make_node.ts";
import { dataTypes } from "./node_def.ts";
import { readTensor } from "./tensor.ts";

/**
 * Makes each constant of weights one of f16, and a Cast to f32 of its name, which
 * TensorFlow and our importer do once.
 */
export function halveConstants(
  graphDef: GraphDef,
): { readonly graphDef: GraphDef; readonly tooLarge: readonly string[] } {
  const tooLarge: string[] = [];
  const nodes = graphDef.nodes.flatMap((node): readonly NodeDef[] => {
    const value = node.attributes.get("value");
    if (node.op !== "Const" || value?.kind !== "tensor") return [node];
    const { dtype, shape, content } = value.value;
    const isLarge = dtype === dataTypes.float && content.length > 0 &&
      shape !== null && areWeights(shape);
    if (!isLarge) return [node];
    const data = halvesOf(Float32Array.from(readTensor(value.value)));
    if (!data) {
      tooLarge.push(node.name);
      return [node];
    }
    const half = `${node.name}/half`;
    return [
      constantNode(half, shape, data),
      makeNode("Cast", node.name, [half], [
        typeAttribute("SrcT", dataTypes.half),
        typeAttribute("DstT", dataTypes.float),
      ]),
    ];
  });
  return { graphDef: { ...graphDef, nodes }, tooLarge };
}
