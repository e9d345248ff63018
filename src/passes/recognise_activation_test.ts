import { deepStrictEqual } from "@std/assert";
import { recogniseActivation } from "./recognise_activation.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

/** An expression of x. */
class Expression {
  readonly #sketch: GraphSketch;
  readonly name: string;

  constructor(sketch: GraphSketch, name: string) {
    this.#sketch = sketch;
    this.name = name;
  }

  #of(
    operation: "add" | "sub" | "mul" | "div" | "pow",
    other: Expression | number,
    isFirst = true,
  ): Expression {
    const operand = typeof other === "number"
      ? this.#sketch.constant([], Float32Array.of(other))
      : other.name;
    const both = [this.name, operand] as const;
    const inputs = isFirst ? both : [both[1], both[0]] as const;
    return new Expression(this.#sketch, this.#sketch.binary(operation, inputs));
  }

  plus(other: Expression | number): Expression {
    return this.#of("add", other);
  }

  from(number: number): Expression {
    return this.#of("sub", number, false);
  }

  times(other: Expression | number): Expression {
    return this.#of("mul", other);
  }

  timesAfter(other: Expression | number): Expression {
    return this.#of("mul", other, false);
  }

  over(number: number): Expression {
    return this.#of("div", number);
  }

  power(number: number): Expression {
    return this.#of("pow", number);
  }

  made(
    name: "neg" | "sigmoid" | "relu6" | "erf" | "tanh" | "square",
  ): Expression {
    return new Expression(this.#sketch, this.#sketch.unary(name, this.name));
  }
}

const root = Math.sqrt(2 / Math.PI);

/** As frameworks and exporters write them. */
const spelled: Readonly<
  Record<string, readonly ((x: Expression) => Expression)[]>
> = {
  silu: [(x) => x.times(x.made("sigmoid")), (x) => x.made("sigmoid").times(x)],
  hard_swish: [
    (x) => x.times(x.plus(3).made("relu6")).over(6),
    (x) => x.times(x.plus(3).made("relu6").over(6)),
    (x) => x.plus(3).made("relu6").times(1 / 6).times(x),
  ],
  gelu: [
    (x) => x.times(x.over(Math.SQRT2).made("erf").plus(1)).times(0.5),
    (x) => x.times(0.5).times(x.times(Math.SQRT1_2).made("erf").plus(1)),
    (x) =>
      x.times(0.5).times(x.made("neg").over(Math.SQRT2).made("erf").from(1)),
    (x) => x.times(x.over(1.4140625).made("erf").plus(1).timesAfter(0.5)),
  ],
  gelu_tanh: [
    (x) =>
      x.times(0.5).times(
        x.plus(x.power(3).times(0.044715)).times(root).made("tanh").plus(1),
      ),
    (x) =>
      x.times(
        x.times(x.times(x)).times(0.044715).plus(x).times(root).made("tanh")
          .plus(1),
      ).times(0.5),
    (x) =>
      x.made("square").times(0.044715).plus(1).times(x).times(2 * root)
        .made("sigmoid").timesAfter(x),
  ],
};

for (const [activation, spellings] of Object.entries(spelled)) {
  Deno.test(`recogniseActivation() knows ${activation}, however it is spelled`, () => {
    for (const spelling of spellings) {
      const sketch = new GraphSketch();
      const x = new Expression(sketch, sketch.input("x", [2, 5]));
      const before = sketch.finish(spelling(x).name);
      const after = recogniseActivation(before);
      deepStrictEqual(
        after.nodes.map(({ attributes }) => attributes),
        [{ function: activation }],
      );
      // The last GELU's root of 2 is that of f16.
      assertSameResults(before, after, { absolute: 1e-4 });
    }
  });
}

Deno.test("recogniseActivation() makes squares and roots of powers", () => {
  for (const [exponent, name] of [[2, "square"], [0.5, "sqrt"]] as const) {
    const sketch = new GraphSketch();
    const x = new Expression(sketch, sketch.input("x", [7]));
    const after = recogniseActivation(sketch.finish(x.power(exponent).name));
    deepStrictEqual(
      after.nodes.map(({ attributes }) => attributes),
      [{ function: name }],
    );
  }
});

Deno.test("recogniseActivation() leaves products that are something else", () => {
  const others: readonly ((x: Expression, y: Expression) => Expression)[] = [
    (x, y) => x.times(y.made("sigmoid")),
    (x) => x.times(x.over(1.4).made("erf").plus(1)).times(0.5),
    (x) => x.times(x.plus(2).made("relu6")).over(6),
    (x) => x.times(x.over(Math.SQRT2).made("erf").plus(1)),
    (x) => x.times(x).times(x.made("sigmoid")),
  ];
  for (const draw of others) {
    const sketch = new GraphSketch();
    const [x, y] = ["x", "y"].map((name) =>
      new Expression(sketch, sketch.input(name, [3]))
    );
    const graph = sketch.finish(draw(x, y).name);
    deepStrictEqual(opsOf(recogniseActivation(graph)), opsOf(graph));
  }
});

Deno.test("recogniseActivation() leaves a gate that makes what it gates larger", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [3, 1]);
  const wide = sketch.binary("add", [x, sketch.constant([4])]);
  const graph = sketch.finish(
    sketch.binary("mul", [wide, sketch.unary("sigmoid", x)]),
  );
  deepStrictEqual(opsOf(recogniseActivation(graph)), opsOf(graph));
});
