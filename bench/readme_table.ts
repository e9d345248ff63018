/**
 * The README's table of speeds: the few rows of a results file that a reader
 * wants first.
 *
 * @module
 */
import { formatNumber, formatPercent } from "../src/cli/format.ts";
import type { Results, Row, SectionName } from "./results.ts";
import { arithmeticCeiling } from "./roofline.ts";
import { median } from "./statistics.ts";

/** What a line of the table is made of. */
interface Line {
  readonly what: string;
  /** What the rows say, in a cell. */
  measured(known: Known): string;
}

const lines: readonly Line[] = [
  {
    what: "forward, batch 8",
    measured: (known) =>
      `${known.value("model", "forward of inception-v3, batch 8")}, ${
        known.share(
          "model",
          "forward of inception-v3, batch 8",
          "share of ceiling",
        )
      } of the ceiling of ${formatNumber(known.ceiling)} GFLOP/s`,
  },
  {
    what: "beside tfjs-webgpu, onnxruntime-web WebGPU, tfjs-wasm",
    measured: (known) =>
      known.times("forward of inception-v3", [
        "tfjs-webgpu",
        "onnxruntime-web WebGPU",
        "tfjs-wasm",
      ]),
  },
  {
    what: "beside TensorFlow on the CPU itself",
    measured: (known) =>
      known.times("forward of inception-v3", ["TensorFlow CPU"]),
  },
  {
    what: "features of JPEG files, decoded meanwhile",
    measured: (known) =>
      `${known.value("model", "extraction from JPEG files, inception-v3")}, ${
        known.share(
          "model",
          "extraction from JPEG files, inception-v3",
          "share of forward alone",
        )
      } of forward alone`,
  },
  {
    what: "first features with an empty shader cache, and a warm one",
    measured: (known) =>
      ["empty", "warm"].map((cache) =>
        known.value(
          "model",
          `first features of inception-v3, ${cache} shader cache`,
        )
      ).join(", "),
  },
  {
    what: "training a head, 2048 to 5, batch 64",
    measured: (known) =>
      known.value("training", "head 2048 to 5, batch 64, SGD"),
  },
  {
    what: "beside tfjs-webgpu, TensorFlow on the CPU",
    measured: (known) =>
      known.times("head training", ["tfjs-webgpu", "TensorFlow CPU"]),
  },
  {
    what: "training a small CNN whole, and beside tfjs-webgpu",
    measured: (known) =>
      `${known.value("training", "small CNN of 28x28, batch 64, Adam")}, ${
        known.times("training of small CNN", ["tfjs-webgpu"])
      }`,
  },
  {
    what: "training MobileNet 0.25 whole, and beside tfjs-webgpu",
    measured: (known) =>
      `${
        known.value("training", "MobileNet 0.25 of 128x128, batch 16, Adam")
      }, ${known.times("training of MobileNet 0.25", ["tfjs-webgpu"])}`,
  },
];

/** The table as `deno fmt` leaves it, without a newline at its end. */
export function readmeTable({ rows }: Results): string {
  const known = new Known(rows);
  const cells = [
    ["what", "measured"],
    ...lines.map(({ what, measured }) => [what, measured(known)]),
  ];
  const widths = [0, 1].map((at) =>
    Math.max(...cells.map((row) => row[at].length))
  );
  const lineOf = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |`;
  const [head, ...body] = cells;
  const rule = widths.map((width) => "-".repeat(width));
  return [head, rule, ...body].map(lineOf).join("\n");
}

/** The rows of a run; what was not measured is `unknown`. */
class Known {
  readonly #rows: readonly Row[];

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
  }

  get ceiling(): number {
    return arithmeticCeiling(this.#rows) ?? NaN;
  }

  /** The median with its unit. */
  value(section: SectionName, name: string): string {
    const row = this.#find(section, name);
    return row ? `${formatNumber(median(row.samples))} ${row.unit}` : "unknown";
  }

  /** A detail that is a share. */
  share(section: SectionName, name: string, detail: string): string {
    const value = this.#find(section, name)?.details?.[detail];
    return typeof value === "number" ? formatPercent(value) : "unknown";
  }

  /** How many times as fast ours is in the rounds beside each peer. */
  times(what: string, peers: readonly string[]): string {
    const ratios = peers.map((peer) => {
      const row = this.#find("peers", `${what}, ours to ${peer}`);
      return row ? formatNumber(median(row.samples)) : "unknown";
    });
    return `${ratios.join(", ")} times as fast`;
  }

  #find(section: SectionName, name: string): Row | undefined {
    return this.#rows.find((row) =>
      row.section === section && row.name === name && row.samples.length > 0
    );
  }
}
