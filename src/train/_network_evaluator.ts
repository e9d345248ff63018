/** What a network says of rows, by the variables that are on the GPU. */
import type { ProgramHandle, Session } from "../gpu/session.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { concatInPlace } from "../passes/concat_in_place.ts";
import { planGraph } from "../plan/plan.ts";
import { presetTuning, type Tuning } from "../../kernels/tuning.ts";
import type { RowSource } from "./row_source.ts";

/** Runs the network forward, a batch at a time. */
export class NetworkEvaluator {
  readonly #session: Session;
  readonly #network: Graph;
  readonly #program: ProgramHandle;

  private constructor(
    session: Session,
    { network, program }: { network: Graph; program: ProgramHandle },
  ) {
    this.#session = session;
    this.#network = network;
    this.#program = program;
  }

  /** Loads the program; the variables have to be written before it runs. */
  static async open(
    session: Session,
    { network, tuning = presetTuning(session.adapter) }: {
      network: Graph;
      tuning?: Tuning | undefined;
    },
  ): Promise<NetworkEvaluator> {
    const names = Object.fromEntries(
      [...network.inputs, ...network.outputs].map((name) => [
        name,
        bufferName(network, name),
      ]),
    );
    const plan = planGraph(concatInPlace(network), {
      label: "evaluation",
      names,
      tuning,
    });
    const program = await session.load(plan);
    return new NetworkEvaluator(session, { network, program });
  }

  /** Logits `(count, classes)` of all rows, as they are in the first epoch. */
  async run(
    source: RowSource,
    onRows?: (done: number) => void,
  ): Promise<Float32Array> {
    const { inputs: [images], outputs: [output] } = this.#network;
    const [batch] = tensorOf(this.#network, images).shape;
    const shape = tensorOf(this.#network, output).shape;
    const classes = elementCount(shape) / batch;
    const logits = new Float32Array(source.count * classes);
    const readFrom = (first: number) => {
      const count = Math.max(0, Math.min(batch, source.count - first));
      const rows = Uint32Array.from({ length: count }, (_, at) => first + at);
      return Promise.resolve(source.read(rows, new Uint32Array(count)));
    };
    let reading = readFrom(0);
    for (let first = 0; first < source.count; first += batch) {
      const count = Math.min(batch, source.count - first);
      const values = await reading;
      // A whole batch, so that a row's bytes do not depend on its neighbours.
      const padded = new Float32Array(batch * source.features);
      padded.set(values);
      await this.#session.write(bufferName(this.#network, images), padded);
      await this.#session.run(this.#program);
      const answer = this.#session.read(
        bufferName(this.#network, output),
        count * classes * 4,
      );
      // While the GPU works.
      reading = readFrom(first + batch);
      reading.catch(() => {});
      const bytes = await answer;
      logits.set(new Float32Array(bytes), first * classes);
      onRows?.(first + count);
    }
    return logits;
  }

  /** Frees the program. */
  close(): Promise<void> {
    return this.#session.unload(this.#program);
  }
}

function bufferName(network: Graph, tensor: string): string {
  const size = elementCount(tensorOf(network, tensor).shape);
  return `evaluation ${tensor} ${size}`;
}
