/**
 * Activations that kernels apply to what they are about to write; the WGSL twin
 * is `_activation.wgsl`.
 *
 * @module
 */

/** An activation that a kernel applies to what it is about to write. */
export type Activation = "none" | "relu" | "relu6";

/** The number that `_activation.wgsl` knows an activation by. */
export const activationCode: Record<Activation, number> = {
  none: 0,
  relu: 1,
  relu6: 2,
};

/** The activation of one value. */
export function activate(value: number, activation: Activation): number {
  switch (activation) {
    case "none":
      return value;
    case "relu":
      return Math.max(value, 0);
    case "relu6":
      return Math.min(Math.max(value, 0), 6);
    default:
      return activation satisfies never;
  }
}
