/** TensorFlow's names of our functions of one or two tensors. */
export const binaryOps = {
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "RealDiv",
  max: "Maximum",
  min: "Minimum",
} as const;

export const unaryOps = {
  identity: "Identity",
  relu: "Relu",
  relu6: "Relu6",
  rsqrt: "Rsqrt",
  sigmoid: "Sigmoid",
} as const;
