import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import {
  packResampled,
  resampleImages,
  type Resampling,
} from "../../kernels/resample_images.ts";
import { dataTypes, type NodeDef } from "./node_def.ts";
import { resampleNodes } from "./resample_nodes.ts";

/** Numbers in f64, row-major. */
interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** The places of a tensor of that shape, in order. */
function* places(shape: readonly number[]): Generator<number[]> {
  for (let at = 0; at < count(shape); at++) {
    let rest = at;
    const place = shape.toReversed().map((size) => {
      const index = rest % size;
      rest = (rest - index) / size;
      return index;
    });
    yield place.reverse();
  }
}

function valueAt({ shape, data }: Values, place: readonly number[]): number {
  // Axes that are missing in front, or of one place, are as long as asked for.
  const own = place.slice(place.length - shape.length);
  const at = shape.reduce(
    (sum, size, axis) => sum * size + (size === 1 ? 0 : own[axis]),
    0,
  );
  return data[at];
}

function broadcast(
  inputs: readonly Values[],
  compute: (...values: number[]) => number,
): Values {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  const shape = Array.from({ length: rank }, (_, axis) =>
    Math.max(
      ...inputs.map(({ shape }) => shape[axis - rank + shape.length] ?? 1),
    ));
  const data = Array.from(
    places(shape),
    (place) => compute(...inputs.map((input) => valueAt(input, place))),
  );
  return { shape, data };
}

const elementwise: Record<string, (...values: number[]) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
  Maximum: Math.max,
  Minimum: Math.min,
  Floor: Math.floor,
  Abs: Math.abs,
  Sign: Math.sign,
  Less: (a, b) => Number(a < b),
  Select: (condition, a, b) => condition === 1 ? a : b,
  // Halves to the even number.
  Rint: (a) =>
    a - Math.floor(a) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a),
};

function reduced(
  { shape, data }: Values,
  [axis]: readonly number[],
  reduce: (a: number, b: number) => number,
): Values {
  const outer = count(shape.slice(0, axis));
  const size = data.length / outer;
  return {
    shape: [...shape.slice(0, axis), ...axis === 0 ? [] : [1]],
    data: Array.from(
      { length: outer },
      (_, at) =>
        data.slice(at * size, (at + 1) * size).reduce((a, b) => reduce(a, b)),
    ),
  };
}

const flag = (node: NodeDef, name: string) => {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "bool" && attribute.value;
};

function constantOf(node: NodeDef): Values {
  const attribute = node.attributes.get("value");
  if (attribute?.kind !== "tensor") throw new Error(node.name);
  const { shape, content, dtype } = attribute.value;
  const bytes = new Uint8Array(content).buffer;
  const data = dtype === dataTypes.double
    ? new Float64Array(bytes)
    : new Int32Array(bytes);
  return { shape: shape ?? [], data: [...data] };
}

function computed(node: NodeDef, inputs: readonly Values[]): Values {
  const [x, y, z] = inputs;
  const compute = elementwise[node.op];
  if (compute) return broadcast(inputs, compute);
  switch (node.op) {
    case "Const":
      return constantOf(node);
    case "Cast":
      return { shape: x.shape, data: x.data.map((value) => value) };
    case "Shape":
      return { shape: [x.shape.length], data: x.shape };
    case "Range": {
      const length = Math.ceil((y.data[0] - x.data[0]) / z.data[0]);
      const at = (_: unknown, index: number) => x.data[0] + index * z.data[0];
      return { shape: [length], data: Array.from({ length }, at) };
    }
    case "Pack":
      return {
        shape: [inputs.length],
        data: inputs.map(({ data: [value] }) => value),
      };
    case "Slice":
      return {
        shape: z.data,
        data: Array.from(
          places(z.data),
          (place) => valueAt(x, place.map((at, axis) => at + y.data[axis])),
        ),
      };
    case "Reshape": {
      const known = Math.abs(count(y.data));
      const shape = y.data.map((size) =>
        size < 0 ? x.data.length / known : size
      );
      return { shape, data: x.data };
    }
    case "Transpose": {
      const shape = y.data.map((axis) => x.shape[axis]);
      return {
        shape,
        data: Array.from(
          places(shape),
          (place) =>
            valueAt(x, x.shape.map((_, axis) => place[y.data.indexOf(axis)])),
        ),
      };
    }
    case "Sum":
      return reduced(x, y.data, (a, b) => a + b);
    case "Min":
      return reduced(x, y.data, Math.min);
    case "Max":
      return reduced(x, y.data, Math.max);
    case "MatMul": {
      const isTransposed = flag(node, "transpose_b");
      const [rows, depth] = x.shape;
      const columns = y.shape[isTransposed ? 0 : 1];
      const shape = [rows, columns];
      return {
        shape,
        data: Array.from(places(shape), ([row, column]) => {
          let sum = 0;
          for (let at = 0; at < depth; at++) {
            sum += x.data[row * depth + at] *
              y.data[
                isTransposed ? column * depth + at : at * columns + column
              ];
          }
          return sum;
        }),
      };
    }
    default:
      throw new Error(`Op ${node.op} is not expected here`);
  }
}

/** What the last node gives, each op computed in f64 as TensorFlow defines it. */
function resultOf(nodes: readonly NodeDef[], image: Values): Values {
  const known = new Map([["image", image]]);
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => {
      const input = known.get(name);
      if (!input) throw new Error(`"${name}" comes after "${node.name}"`);
      return input;
    });
    known.set(node.name, computed(node, inputs));
  }
  return known.get(nodes[nodes.length - 1].name) ?? image;
}

interface Size {
  readonly height: number;
  readonly width: number;
}

function ofKernel(
  rgb: Uint8Array,
  { height, width }: Size,
  resampling: Resampling & { readonly out: Size },
): number[] {
  const { pixels, table, windows } = packResampled(
    [{ rgb, height, width, row: 0 }],
    resampling,
  );
  const { out } = resampling;
  const y = new Float32Array(out.height * out.width * 3);
  resampleImages.reference({
    params: { count: 1, outHeight: out.height, outWidth: out.width },
    variant: {},
    reads: [pixels, table, windows],
    writes: [y],
  });
  return [...y];
}

Deno.test("resampleNodes() compute each value of resampleImages(), for pictures of any size", () => {
  const side = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(1));
  fc.assert(
    fc.property(
      fc.record({ height: side, width: side }),
      fc.record({
        height: fc.integer({ min: 1, max: 12 }),
        width: fc.integer({ min: 1, max: 12 }),
      }),
      fc.constantFrom("bilinear" as const, "bicubic" as const),
      fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
      fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
      (size, out, filter, border, levels) => {
        const length = size.height * size.width * 3;
        const rgb = Uint8Array.from(levels.take(length));
        const shorterSide = Math.max(out.height, out.width) + (border ?? 0);
        const resampling: Resampling = {
          filter,
          ...border !== undefined && { shorterSide },
        };
        const nodes = resampleNodes("image", {
          ...{ ...resampling, ...out, name: "resample" },
        });
        const image = { shape: [size.height, size.width, 3], data: [...rgb] };
        const { shape, data } = resultOf(nodes, image);
        deepStrictEqual(shape, [1, out.height, out.width, 3]);
        deepStrictEqual(data, ofKernel(rgb, size, { ...resampling, out }));
      },
    ),
    { numRuns: 60 },
  );
});
