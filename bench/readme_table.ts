/**
 * What README.md says of speed: the few rows of a results file that a reader wants
 * first, and where they are from.
 *
 * @module
 */
import { basename } from "@std/path";
import { formatNumber, formatPercent, wrap } from "../src/cli/format.ts";
import type { KeptResults } from "./history.ts";
import { markdownTable } from "./markdown_table.ts";
import { bestForward } from "./model.ts";
import type { Results, Row, SectionName } from "./results.ts";
import { arithmeticCeiling } from "./roofline.ts";
import { median } from "./statistics.ts";

/** What a line of the table is made of. */
interface Line {
  readonly what: string;
  /** What the rows say, in a cell; undefined where it was not measured. */
  measured(known: Known): string | undefined;
}

const forwardPeers = [
  "tfjs-webgpu",
  "onnxruntime-web WebGPU",
  "tfjs-wasm",
  "TensorFlow CPU",
] as const;

const trainingPeers = [
  "tfjs-webgpu",
  "jax-js",
  "burn",
  "TensorFlow CPU",
  "Keras",
] as const;

/** A net's forward pass, and below it how others compare. */
function forwardLines(title: string, net: string): Line[] {
  return [
    {
      what: `${title}, forward`,
      measured: (known) => known.forward(net),
    },
    {
      what: "beside others",
      measured: (known) => known.times(`forward of ${net}`, forwardPeers),
    },
  ];
}

/** A training, and below it how others compare. */
function trainingLines(
  title: string,
  { row, contest }: { row: string; contest: string },
): Line[] {
  return [
    {
      what: `training ${title}`,
      measured: (known) => known.value("training", row),
    },
    {
      what: "beside others",
      measured: (known) => known.times(contest, trainingPeers),
    },
  ];
}

const usual = "efficientnet-lite0";

const lines: readonly Line[] = [
  {
    what: "the adapter's ceiling",
    measured: ({ ceiling }) =>
      ceiling === undefined ? undefined : `${formatNumber(ceiling)} GFLOP/s`,
  },
  ...forwardLines("EfficientNet-Lite0", usual),
  ...forwardLines("MobileNetV2", "mobilenet-v2"),
  ...forwardLines("ResNet-50", "resnet-50"),
  ...forwardLines("Inception-v3", "inception-v3"),
  ...[["EfficientNet-Lite0", usual], ["Inception-v3", "inception-v3"]].flatMap(
    ([title, net]): Line[] => [
      {
        what: `${title}, JPEG files, decoded meanwhile`,
        measured: (known) => known.extraction(net),
      },
      {
        what: `${title}, first features, shaders cold and warm`,
        measured: (known) => known.firstFeatures(net),
      },
    ],
  ),
  {
    what: "`train` on kept features, from Enter to report",
    measured: (known) =>
      known.value(
        "training",
        `train from Enter to report, features of ${usual} kept`,
      ),
  },
  ...trainingLines("a head, 2048 to 5, batch 64", {
    row: "head 2048 to 5, batch 64, SGD",
    contest: "head training",
  }),
  ...trainingLines("a small CNN of 28x28, batch 64", {
    row: "small CNN of 28x28, batch 64, Adam",
    contest: "training of small CNN",
  }),
  ...(["MobileNet 0.25 of 128x128", "ResNet-50 of 160x160"] as const).flatMap(
    (network) => {
      const [name] = network.split(" of ");
      return [
        ...trainingLines(`${network}, batch 16, norms folded`, {
          row: `${network}, batch 16, Adam`,
          contest: `training of ${name}`,
        }),
        ...trainingLines(`${network}, batch 16, with batch norms`, {
          row: `${network}, batch 16, Adam, batch norms trained`,
          contest: `training of ${name} with batch norms`,
        }),
      ];
    },
  ),
];

/** Where the figures are from, and the table. */
export function readmeText({ path, results }: KeptResults): string {
  const { adapter, machine: { cores, processor }, date } = results;
  const [{ samples }] = results.rows.filter(({ section }) =>
    section === "model" || section === "training"
  );
  const paragraph = `From [one run](bench/history/${basename(path)}) of ${
    date.slice(0, 10)
  } on ${cores} cores (${processor}) with ${
    adapter.description.replace(/ \(.*/, "")
  }, f32, medians of ${samples.length} rounds:`;
  return [...wrap(paragraph), "", readmeTable(results)].join("\n");
}

/** The table; what was not measured is left out. */
export function readmeTable({ rows }: Pick<Results, "rows">): string {
  const known = new Known(rows);
  const cells = [
    ["what", "measured"],
    ...lines.flatMap(({ what, measured }) => {
      const cell = measured(known);
      return cell === undefined ? [] : [[what, cell]];
    }),
  ];
  return markdownTable(cells);
}

/** The rows of a run. */
class Known {
  readonly #rows: readonly Row[];

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
  }

  get ceiling(): number | undefined {
    return arithmeticCeiling(this.#rows);
  }

  /** The median with its unit. */
  value(section: SectionName, name: string): string | undefined {
    const row = this.#find(section, name);
    return row && `${formatNumber(median(row.samples))} ${row.unit}`;
  }

  /** A net with its best batch. */
  forward(net: string): string | undefined {
    const best = bestForward(this.#rows, net);
    if (!best) return undefined;
    const share = best.row.details?.["share of ceiling"];
    return [
      `${formatNumber(median(best.row.samples))} images/s`,
      ...typeof share === "number"
        ? [`${formatPercent(share)} of the ceiling`]
        : [],
    ].join(", ");
  }

  extraction(net: string): string | undefined {
    const name = `extraction from JPEG files, ${net}`;
    const share = this.#find("model", name)?.details
      ?.["share of forward alone"];
    const value = this.value("model", name);
    return typeof share === "number"
      ? `${value}, ${formatPercent(share)} of forward alone`
      : value;
  }

  firstFeatures(net: string): string | undefined {
    const [cold, warm] = ["empty", "warm"].map((cache) =>
      this.value("model", `first features of ${net}, ${cache} shader cache`)
    );
    return cold === undefined || warm === undefined
      ? undefined
      : `${cold}, ${warm}`;
  }

  /** How many times as fast ours is, in the rounds beside each peer. */
  times(what: string, peers: readonly string[]): string | undefined {
    const ratios = peers.flatMap((peer) => {
      const row = this.#find("peers", `${what}, ours to ${peer}`);
      return row ? [`${formatNumber(median(row.samples))} times ${peer}`] : [];
    });
    return ratios.length === 0 ? undefined : ratios.join(", ");
  }

  #find(section: SectionName, name: string): Row | undefined {
    return this.#rows.find((row) =>
      row.section === section && row.name === name && row.samples.length > 0
    );
  }
}
