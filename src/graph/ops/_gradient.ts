/** What gradients of several ops share. */
import { definitionOf } from "../../../kernels/activation.ts";
import type { Activation } from "../ir.ts";
import { elementCount, type Shape } from "../ir.ts";
import type { Backward, NewNode } from "./_rule.ts";

/** The gradient before an activation, from that after it: it is 0 where the output was clipped. */
export function beforeActivation(
  to: Backward,
  activation: Activation,
  output: string,
): string {
  if (activation === "none") return to.outputGradient;
  if (definitionOf(activation).slopeFrom === "input") {
    throw new Error(`What ${activation} was given is lost before training`);
  }
  return to.add({
    op: "activation_gradient",
    inputs: [to.outputGradient, output],
    attributes: { function: activation },
  });
}

/** The node that computes an input's gradient, where that is wanted. */
export function addWanted(
  to: Backward,
  input: string,
  node: NewNode,
): string | undefined {
  return to.wants(input) ? to.add(node) : undefined;
}

/** The gradient of a bias, if there is one that wants it: the sum over all but the channels. */
export function biasGradient(
  to: Backward,
  bias: string | undefined,
  gradient: string,
): string | undefined {
  return bias === undefined ? undefined : addWanted(to, bias, {
    op: "sum_rows",
    inputs: [gradient],
    attributes: {},
  });
}

/** A product of two tensors, element by element. */
export function multiply(to: Backward, a: string, b: string): string {
  return to.add({
    op: "binary",
    inputs: [a, b],
    attributes: { function: "mul", activation: "none" },
  });
}

/** A tensor times a number. */
export function scale(to: Backward, x: string, factor: number): string {
  const constant = to.constant([], () => new Float32Array([factor]));
  return multiply(to, x, constant);
}

/** A tensor in another shape, or itself where it has that. */
export function reshapeTo(to: Backward, x: string, shape: Shape): string {
  if (to.shape(x).join() === shape.join()) return x;
  return to.add({ op: "reshape", inputs: [x], attributes: {} }, shape);
}

/**
 * The gradient of an operand that was repeated to the shape of `gradient`: the
 * sum over its copies.
 */
export function sumToShape(
  to: Backward,
  gradient: string,
  { shape }: { readonly shape: Shape },
): string {
  const whole = to.shape(gradient);
  const count = elementCount(shape);
  if (count === elementCount(whole)) return reshapeTo(to, gradient, shape);
  const channels = whole.at(-1) ?? 1;
  if (count === 1) {
    const column = reshapeTo(to, gradient, [elementCount(whole), 1]);
    return reshapeTo(to, sum(to, column), shape);
  }
  if (count === channels && shape.at(-1) === channels) {
    return reshapeTo(to, sum(to, gradient), shape);
  }
  const [images, height, width] = whole;
  if (whole.length === 4 && shape.join() === [images, 1, 1, channels].join()) {
    const means = to.add({
      op: "mean",
      inputs: [gradient],
      attributes: { axes: [1, 2], keepDims: true },
    });
    return scale(to, means, height * width);
  }
  return reshapeTo(to, sumOverCopies(to, gradient, shape), shape);
}

/**
 * The sum of a gradient over the axes along which an operand of `shape` was
 * repeated, which stay with size 1; shapes are aligned to the right.
 */
export function sumOverCopies(
  to: Backward,
  gradient: string,
  shape: Shape,
): string {
  const whole = to.shape(gradient);
  const operand = [
    ...Array<number>(whole.length - shape.length).fill(1),
    ...shape,
  ];
  const isRepeated = (axis: number) => operand[axis] < whole[axis];
  let sum = gradient;
  for (let end = whole.length; end > 0; end--) {
    if (!isRepeated(end - 1)) continue;
    let start = end - 1;
    while (start > 0 && isRepeated(start - 1)) start--;
    const axes = Array.from({ length: end - start }, (_, at) => start + at);
    sum = to.add({
      op: "reduce",
      inputs: [sum],
      attributes: { function: "sum", axes, keepDims: true },
    });
    end = start + 1;
  }
  return sum;
}

function sum(to: Backward, x: string): string {
  return to.add({ op: "sum_rows", inputs: [x], attributes: {} });
}
