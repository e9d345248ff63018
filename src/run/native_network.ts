/**
 * Networks with fresh weights, by the names that `--model` takes: our own, and
 * those of frameworks.
 *
 * @module
 */
import {
  type Architecture,
  architectureOf,
  buildArchitecture,
  fullName,
  networkNamed,
  networkNames,
} from "../../models/mod.ts";
import {
  mobilenetV1,
  smallCnn,
  smallestCnnSize,
} from "../../models/networks.ts";
import { InputError, UsageError } from "../errors.ts";
import { normalise } from "../features/mod.ts";
import { type Graph, withoutDropout } from "../graph/mod.ts";
import { forwardPasses, optimise } from "../passes/mod.ts";
import { didYouMean } from "../suggest.ts";
import { type NetworkBase, ownNetworks } from "./run_record.ts";

type Native = Pick<NetworkBase & { kind: "native" }, "name" | "size">;

/** Height and width of our own networks' images, in pixels. */
const ownSizes = { "small-cnn": 28, "mobilenet-v1": 128 } as const;

/**
 * A network by its name in full, for images of so many pixels [as many as it is
 * meant for].
 *
 * @throws {UsageError} if no network has that name, with the nearest
 */
export function nativeNamed(
  name: string,
  { size }: { readonly size: number | undefined },
): Native {
  const own = ownNetworks.find((known) => known === name);
  if (own) return { name, size: size ?? ownSizes[own] };
  const known = networkNamed(name);
  if (known) return { name: fullName(name), size: size ?? known.size };
  const names = [...ownNetworks, ...networkNames];
  throw new UsageError(
    `--mode scratch starts from fresh weights, and "${name}" is no network by its name${
      didYouMean(name, { known: names }) ||
      `: name one with --model (${
        names.filter((name) => !/^mobilenet-v1-/.test(name)).join(", ")
      }, mobilenet-v1-ALPHA-SIZE), or use --mode finetune`
    }`,
  );
}

/**
 * The layers of a native network, all of them, from pixels of 0 to 255.
 *
 * @throws {UsageError} if its images are too small
 */
export function nativeBase(
  { name, size }: Native,
  { seed, batch }: { seed: number; batch: number },
): Graph {
  switch (name) {
    case "small-cnn":
      if (size < smallestCnnSize) {
        throw tooSmall({ name, size }, smallestCnnSize);
      }
      return smallCnn({ size, seed, batch });
    case "mobilenet-v1":
      return mobilenetV1({ size, seed, batch });
    default: {
      const architecture = frameworksOwn(name);
      if (architecture === undefined) {
        throw new InputError(
          `No network is called "${name}": use the espalier that trained it, or train a new run`,
        );
      }
      return freshNetwork(architectureOf(architecture), {
        ...{ name, size, seed, batch },
      });
    }
  }
}

/** The id of the architecture that a name in full means; none of our own networks. */
export function frameworksOwn(name: string): string | undefined {
  const isOwn = ownNetworks.some((own) => own === name);
  return isOwn ? undefined : networkNamed(name)?.architecture;
}

function tooSmall({ name, size }: Native, smallest: number): UsageError {
  return new UsageError(
    `--input-size is ${size}, ${name} takes ${smallest} or more`,
  );
}

/** A framework's network that drops nothing, its weights drawn. */
function freshNetwork(
  architecture: Architecture,
  { name, size, seed, batch }: Native & { seed: number; batch: number },
): Graph {
  if (!fits(architecture, size)) {
    let [below, smallest] = [size, architecture.size];
    while (smallest - below > 1) {
      const middle = Math.floor((below + smallest) / 2);
      if (fits(architecture, middle)) smallest = middle;
      else below = middle;
    }
    throw tooSmall({ name, size }, smallest);
  }
  const { graph } = buildArchitecture(architecture, {
    ...{ size, seed, batch, classes: 0 },
  });
  const { mean, std, order } = architecture.pixels;
  const scaled = normalise(withoutDropout(graph), {
    ...{ kind: "resize", size, mean, std },
    ...order === "bgr" && { channelOrder: order },
  });
  return optimise(scaled.graph, { without: forwardPasses });
}

/** Whether images of so many pixels leave something to each of a network's windows. */
function fits(architecture: Architecture, size: number): boolean {
  try {
    buildArchitecture(architecture, { size, classes: 0 });
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
