/**
 * Pillow's resampling in ops of TensorFlow 1, for exported graphs: each side of a
 * picture is multiplied by a matrix of Pillow's weights, which the graph works
 * out from the picture's size. Weights are whole numbers of 22 binary digits,
 * and sums of their products with levels are exact in f64.
 *
 * @module
 */
import {
  filterSupports,
  type Resampling,
  weightDigits,
} from "../../kernels/resample_images.ts";
import {
  constantNode,
  doubleConstant,
  intConstant,
  makeNode,
  typeAttribute,
} from "./make_node.ts";
import type { Size } from "./geometry.ts";
import { dataTypes, type NodeDef } from "./node_def.ts";
import { type ResampleAttributes, resampleMarks } from "./ops/resample.ts";

const { bool, uint8, int32, float, double } = dataTypes;
const ofType = (type: number) => typeAttribute("T", type);
const shapeType = typeAttribute("Tshape", int32);

/** Along one side: of which axis, by which weights, and how many pixels are made. */
interface SideOptions extends Resampling {
  readonly axis: 0 | 1;
  readonly length: Operand;
}

/** A side as nodes: its matrix `(length, taps)`, and which of its pixels are read. */
interface Side {
  readonly matrix: string;
  readonly first: string;
  readonly count: string;
}

/**
 * From a picture `(h, w, 3)` of bytes, the output of `image`, to `(1, height,
 * width, 3)` of whole numbers 0 to 255 in f32, as `kernels/resample_images.ts`
 * makes them; `name` is the last node's, and begins the others' names. The last one
 * says what all of them do, for our importer.
 */
export function resampleNodes(
  image: string,
  { name, height, width, ...resampling }: Resampling & Size & {
    readonly name: string;
  },
): NodeDef[] {
  const writer = new ResampleWriter(name, image);
  const turned = writer.turn({ ...resampling, height, width });
  const [down, across] = writer.lengths(turned, { height, width });
  const rows = writer.side("rows", { ...resampling, axis: 0, length: down });
  const columns = writer.side("columns", {
    ...{ ...resampling, axis: 1, length: across },
  });
  const made = writer.passes({ rows, columns, down, across });
  writer.finish(made, { turned, height, width, resampling });
  return writer.nodes;
}

class ResampleWriter {
  readonly nodes: NodeDef[] = [];
  readonly #prefix: string;
  readonly #numbers = new Map<number, string>();
  #image: string;
  #sizes: string;

  constructor(prefix: string, image: string) {
    this.#prefix = prefix;
    this.#image = image;
    this.#sizes = this.#sizesOf("picture", image);
  }

  #sizesOf(name: string, image: string): string {
    const shape = this.#add("Shape", `${name}/shape`, [image], [
      ofType(uint8),
      typeAttribute("out_type", int32),
    ]);
    return this.#cast(`${name}/sizes`, shape, { from: int32, to: double });
  }

  /**
   * Turns the picture where Pillow begins with the height, so that all after this
   * begins with the width; gives 1 where it is turned, and else 0.
   */
  turn(
    { height, width, shorterSide }: Size & Pick<Resampling, "shorterSide">,
  ): string {
    const chain = this.#chains("order");
    const [lostHeight, lostWidth] = [height, width].map((length, axis) => {
      const name = `order/side_${axis}`;
      const inSize = this.#sizeOf(name, axis);
      const outSize = shorterSide === undefined
        ? length
        : this.#outSize(name, { inSize, shorterSide });
      return this.#chains(name)("lost", inSize, ["Sub", outSize]);
    });
    const isShrunk = chain("is_shrunk", 0, ["Less", lostHeight]);
    const twice = chain("twice", lostWidth, ["Mul", 2]);
    const isMost = chain("is_most", twice, ["Less", lostHeight]);
    const [shrunk, most] = [isShrunk, isMost].map((flag, at) =>
      this.#cast(`order/flag_${at}`, flag, { from: bool, to: double })
    );
    const turned = chain("turned", shrunk, ["Mul", most]);
    const upright = chain("upright", 1, ["Sub", turned]);
    const order = this.#pack("order/axes", [turned, upright, 2]);
    this.#image = this.#add("Transpose", "turned", [this.#image, order], [
      ofType(uint8),
      typeAttribute("Tperm", int32),
    ]);
    this.#sizes = this.#sizesOf("turned_picture", this.#image);
    return turned;
  }

  /** How many pixels are made down and across of the picture, turned or not. */
  lengths(turned: string, { height, width }: Size): [Operand, Operand] {
    if (height === width) return [height, width];
    const chain = this.#chains("lengths");
    return [
      chain("down", turned, ["Mul", width - height], ["Add", height]),
      chain("across", turned, ["Mul", height - width], ["Add", width]),
    ];
  }

  /** Pillow's `precompute_coeffs`, all pixels of a side at once. */
  side(name: string, { axis, length, filter, shorterSide }: SideOptions): Side {
    const chain = this.#chains(name);
    const inSize = this.#sizeOf(name, axis);
    const outSize = shorterSide === undefined
      ? this.#operand(length)
      : this.#outSize(name, { inSize, shorterSide });
    // Rint takes halves to the even number, as Python's round.
    const start = chain("start", outSize, ["Sub", length], ["Mul", 0.5], [
      "Rint",
    ]);
    const scale = chain("scale", inSize, ["RealDiv", outSize]);
    const filterScale = chain("filter_scale", scale, ["Maximum", 1]);
    const inverse = chain("inverse", 1, ["RealDiv", filterScale]);
    const reach = chain("reach", filterScale, ["Mul", filterSupports[filter]]);
    const kept = this.#range(`${name}/kept`, 0, length);
    const inside = chain("inside", kept, ["Add", start], ["Add", 0.5]);
    const centers = chain("centers", inside, ["Mul", scale]);
    const { first, end } = this.#bounds(name, { centers, reach, inSize });
    const taps = this.#range(`${name}/taps`, first, end);
    const column = this.#reshape(`${name}/center_column`, centers, [-1, 1]);
    const away = chain("away", taps, ["Sub", column], ["Add", 0.5]);
    const distance = chain("distance", away, ["Mul", inverse], ["Abs"]);
    const weights = this.#weights(name, { filter, distance });
    const sums = this.#reduce("Sum", `${name}/sums`, { x: weights, axis: 1 });
    const shares = chain("shares", weights, ["RealDiv", sums]);
    const fixed = chain("fixed", shares, ["Abs"], ["Mul", 2 ** weightDigits]);
    // To the nearest, halves away from 0.
    const nearest = chain("nearest", fixed, ["Add", 0.5], ["Floor"]);
    const signs = chain("signs", shares, ["Sign"]);
    return {
      matrix: chain("matrix", nearest, ["Mul", signs]),
      first,
      count: chain("count", end, ["Sub", first]),
    };
  }

  /** The horizontal pass, then the vertical one, of what the sides read of the picture; gives `(1, down, 3, across)`. */
  passes(
    { rows, columns, down: height, across: width }: {
      readonly rows: Side;
      readonly columns: Side;
      readonly down: Operand;
      readonly across: Operand;
    },
  ): string {
    const begin = this.#pack("begin", [rows.first, columns.first, 0]);
    const size = this.#pack("size", [rows.count, columns.count, 3]);
    const read = this.#add("Slice", "read", [this.#image, begin, size], [
      ofType(uint8),
      typeAttribute("Index", int32),
    ]);
    // Bytes are moved, as they are an eighth of numbers.
    const planes = this.#transpose("planes", read, {
      order: [0, 2, 1],
      type: uint8,
    });
    const levels = this.#cast("levels", planes, { from: uint8, to: double });
    const lineShape = this.#pack("line_shape", [-1, columns.count]);
    const lines = this.#add("Reshape", "lines", [levels, lineShape], [
      ofType(double),
      shapeType,
    ]);
    const wider = { a: lines, b: columns.matrix, transposeB: true };
    const across = this.#pass("across", wider);
    const wideLine = this.#chains("wide_shape")("line", width, ["Mul", 3]);
    const wideShape = this.#pack("wide_shape", [-1, wideLine]);
    const wide = this.#add("Reshape", "wide", [across, wideShape], [
      ofType(double),
      shapeType,
    ]);
    const higher = { a: rows.matrix, b: wide, transposeB: false };
    const down = this.#pass("down", higher);
    const shape = this.#pack("made_shape", [1, height, 3, width]);
    return this.#add("Reshape", "made", [down, shape], [
      ofType(double),
      shapeType,
    ]);
  }

  /** The planes `(1, down, 3, across)` as the picture that was asked for. */
  finish(
    made: string,
    { turned, ...resampled }: ResampleAttributes & { readonly turned: string },
  ): void {
    const { height, width } = resampled;
    const chain = this.#chains("finish");
    const second = chain("second", turned, ["Mul", 2], ["Add", 1]);
    const third = chain("third", turned, ["Mul", -2], ["Add", 3]);
    const order = this.#pack("finish/axes", [0, second, third, 2]);
    const upright = this.#add("Transpose", "upright", [made, order], [
      ofType(double),
      typeAttribute("Tperm", int32),
    ]);
    // The shape is known before it runs, which layers behind it may need.
    const pixels = this.#reshape("pixels", upright, [1, height, width, 3]);
    this.nodes.push(makeNode("Cast", this.#prefix, [pixels], [
      typeAttribute("SrcT", double),
      typeAttribute("DstT", float),
      ...resampleMarks(resampled),
    ]));
  }

  /** Sums of weighted levels as levels again. */
  #pass(
    name: string,
    { a, b, transposeB }: {
      readonly a: string;
      readonly b: string;
      readonly transposeB: boolean;
    },
  ): string {
    const sums = this.#add("MatMul", `${name}/sums`, [a, b], [
      ofType(double),
      ["transpose_a", { kind: "bool", value: false }],
      ["transpose_b", { kind: "bool", value: transposeB }],
    ]);
    const one = 2 ** weightDigits;
    const chain = this.#chains(name);
    const parts = chain("parts", sums, ["Add", one / 2], ["Mul", 1 / one]);
    return chain("levels", parts, ["Floor"], ["Maximum", 0], ["Minimum", 255]);
  }

  /** What torchvision's Resize makes of a side where the shorter one becomes `shorterSide`. */
  #outSize(
    name: string,
    { inSize, shorterSide }: {
      readonly inSize: string;
      readonly shorterSide: number;
    },
  ): string {
    const sides = [0, 1].map((axis) =>
      this.#sizeOf(`${name}/side_${axis}`, axis)
    );
    const [height, width] = sides;
    const chain = this.#chains(name);
    const shorter = chain("shorter", height, ["Minimum", width]);
    const times = chain("times", inSize, ["Mul", shorterSide]);
    return chain("out_size", times, ["RealDiv", shorter], ["Floor"]);
  }

  /** The first pixel that a side reads, and the one after its last. */
  #bounds(
    name: string,
    { centers: x, reach, inSize }: {
      readonly centers: string;
      readonly reach: string;
      readonly inSize: string;
    },
  ): { readonly first: string; readonly end: string } {
    const chain = this.#chains(name);
    const least = this.#reduce("Min", `${name}/least`, { x });
    const most = this.#reduce("Max", `${name}/most`, { x });
    const before = chain("before", least, ["Sub", reach], ["Add", 0.5]);
    const after = chain("after", most, ["Add", reach], ["Add", 0.5]);
    return {
      first: chain("first", before, ["Floor"], ["Maximum", 0]),
      end: chain("end", after, ["Floor"], ["Minimum", inSize]),
    };
  }

  /** A filter's weight at each distance, in the order of operations of Pillow's. */
  #weights(
    name: string,
    { filter, distance }: {
      readonly filter: Resampling["filter"];
      readonly distance: string;
    },
  ): string {
    const chain = this.#chains(name);
    // Where it ends, each filter is 0.
    const x = chain("x", distance, ["Minimum", filterSupports[filter]]);
    if (filter === "bilinear") return chain("weights", 1, ["Sub", x]);
    const a = -0.5;
    const cubic = chain("cubic", x, ["Mul", a + 2], ["Sub", a + 3]);
    const near = chain("near", cubic, ["Mul", x], ["Mul", x], ["Add", 1]);
    const square = chain("square", x, ["Sub", 5], ["Mul", x], ["Add", 8]);
    const far = chain("far", square, ["Mul", x], ["Sub", 4], ["Mul", a]);
    const isNear = chain("is_near", x, ["Less", 1]);
    return this.#add("Select", `${name}/weights`, [isNear, near, far], [
      ofType(double),
    ]);
  }

  /** Along one axis, which is kept, or over all. */
  #reduce(
    op: "Sum" | "Min" | "Max",
    name: string,
    { x, axis }: { readonly x: string; readonly axis?: number },
  ): string {
    const axes = this.#ints(`${name}/axis`, [axis ?? 0]);
    return this.#add(op, name, [x, axes], [
      ofType(double),
      typeAttribute("Tidx", int32),
      ["keep_dims", { kind: "bool", value: axis !== undefined }],
    ]);
  }

  #sizeOf(name: string, axis: number): string {
    const part = this.#add("Slice", `${name}/in_size/part`, [
      this.#sizes,
      this.#ints(`${name}/in_size/begin`, [axis]),
      this.#ints(`${name}/in_size/size`, [1]),
    ], [ofType(double), typeAttribute("Index", int32)]);
    return this.#reshape(`${name}/in_size`, part, []);
  }

  #range(name: string, first: Operand, end: Operand): string {
    const inputs = [first, end, 1].map((input) => this.#operand(input));
    return this.#add("Range", name, inputs, [typeAttribute("Tidx", double)]);
  }

  #pack(name: string, inputs: readonly Operand[]): string {
    const operands = inputs.map((input) => this.#operand(input));
    const packed = this.#add("Pack", `${name}/numbers`, operands, [
      ofType(double),
      ["N", { kind: "int", value: inputs.length }],
      ["axis", { kind: "int", value: 0 }],
    ]);
    return this.#cast(name, packed, { from: double, to: int32 });
  }

  #reshape(name: string, x: string, shape: readonly number[]): string {
    return this.#add("Reshape", name, [x, this.#ints(`${name}/shape`, shape)], [
      ofType(double),
      shapeType,
    ]);
  }

  #transpose(
    name: string,
    x: string,
    { order, type }: {
      readonly order: readonly number[];
      readonly type: number;
    },
  ): string {
    return this.#add(
      "Transpose",
      name,
      [x, this.#ints(`${name}/order`, order)],
      [
        ofType(type),
        typeAttribute("Tperm", int32),
      ],
    );
  }

  #cast(
    name: string,
    x: string,
    { from, to }: { readonly from: number; readonly to: number },
  ): string {
    return this.#add("Cast", name, [x], [
      typeAttribute("SrcT", from),
      typeAttribute("DstT", to),
    ]);
  }

  /** Appends ops one after another, each on what the one before gives; the last has the name `scope/part`. */
  #chains(scope: string) {
    return (part: string, start: Operand, ...steps: readonly Step[]) => {
      const last = steps.length - 1;
      return steps.reduce((x, [op, other], at) => {
        const name = `${scope}/${part}${at === last ? "" : `/step_${at}`}`;
        const inputs = other === undefined ? [x] : [x, this.#operand(other)];
        return this.#add(op, name, inputs, [ofType(double)]);
      }, this.#operand(start));
    };
  }

  #operand(operand: Operand): string {
    return typeof operand === "string" ? operand : this.#number(operand);
  }

  /** The node of a number, which is made where it is first read. */
  #number(value: number): string {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const name = `${this.#prefix}/number_${this.#numbers.size}`;
    this.nodes.push(doubleConstant(name, value));
    this.#numbers.set(value, name);
    return name;
  }

  #ints(name: string, values: number | readonly number[]): string {
    const full = `${this.#prefix}/${name}`;
    const isEmpty = typeof values !== "number" && values.length === 0;
    this.nodes.push(
      isEmpty
        ? constantNode(full, [0], new Int32Array())
        : intConstant(full, values),
    );
    return full;
  }

  #add(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: NonNullable<Parameters<typeof makeNode>[3]>,
  ): string {
    const full = `${this.#prefix}/${name}`;
    this.nodes.push(makeNode(op, full, inputs, attributes));
    return full;
  }
}

/** A node's output, or a number. */
type Operand = string | number;

/** An op, and its second operand if it takes two. */
type Step = readonly [op: string, operand?: Operand];
