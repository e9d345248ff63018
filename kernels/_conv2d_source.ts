/** The WGSL of conv2d, by family and by how it loads and stores. */
import activationSource from "./_activation.wgsl" with { type: "text" };
import scalarTermsSource from "./_conv2d_terms_scalar.wgsl" with {
  type: "text",
};
import vectorTermsSource from "./_conv2d_terms_vector.wgsl" with {
  type: "text",
};
import scalarSource from "./_conv2d_scalar.wgsl" with { type: "text" };
import storeScalarSource from "./_conv2d_store_scalar.wgsl" with {
  type: "text",
};
import storeVectorSource from "./_conv2d_store_vector.wgsl" with {
  type: "text",
};
import vectorSource from "./_conv2d_vector.wgsl" with { type: "text" };
import sharedSource from "./conv2d_shared.wgsl" with { type: "text" };
import registersSource from "./conv2d.wgsl" with { type: "text" };
import { activationCode } from "./activation.ts";
import type { Conv2dVariant } from "./conv2d.ts";
import { depthPerStep, tileBlock } from "./conv2d_tile.ts";
import { columnsPerTile } from "./filter_tiles.ts";

import { type Bindings, loadFunctions, storeFunctions } from "./texels.ts";
import { unroll } from "./unroll.ts";
import { elementOf } from "./vector.ts";

/** What conv2d binds to read. */
export function conv2dReads(variant: Conv2dVariant): Bindings {
  const texels = variant.family === "registers" && variant.texels;
  return {
    x: texels ? "texels" : variant.loads === 4 ? "vec4f" : "f32",
    w: variant.halfWeights
      ? texels ? "half texels" : "halves"
      : texels
      ? "texels"
      : "vec4f",
    bias: "vec4f",
  };
}

/** What conv2d binds to write. */
export function conv2dWrites({ stores, texelStores }: Conv2dVariant): Bindings {
  return { y: elementOf(stores, { texels: texelStores }) };
}

/** The constants of a variant's header. */
export function conv2dConstants(
  variant: Conv2dVariant,
): Record<string, number | boolean> {
  const { activation, loads, rows } = variant;
  const common = {
    ACTIVATION: activationCode[activation],
    CHANNELS_PER_LOAD: loads,
    SPILLS: variant.spills ?? false,
    PARTS: variant.hasParts ?? false,
  };
  switch (variant.family) {
    case "registers":
      return { ...common, ROWS: rows };
    case "shared":
      return {
        ...common,
        BLOCK: tileBlock(variant).rows,
        STEP: depthPerStep(variant),
        THREADS: variant.threads ** 2,
      };
    default:
      return variant satisfies never;
  }
}

/** The text of a variant, without its header. */
export function conv2dSource(variant: Conv2dVariant): string {
  return [
    variant.loads === 4 ? vectorSource : scalarSource,
    loadFunctions(conv2dReads(variant)),
    storeFunctions(conv2dWrites(variant)),
    variant.stores === 4 ? storeVectorSource : storeScalarSource,
    activationSource,
    familySource(variant),
  ].join("\n");
}

function familySource(variant: Conv2dVariant): string {
  const { loads, rows } = variant;
  switch (variant.family) {
    case "registers":
      return unroll(registersSource, {
        r: rows,
        c: columnsPerTile / 4,
        k: loads,
      });
    case "shared": {
      const step = depthPerStep(variant);
      const vectors = tileBlock(variant).rows * step / 4;
      const termsSource = loads === 4 ? vectorTermsSource : scalarTermsSource;
      return termsSource + unroll(sharedSource, {
        l: vectors / variant.threads ** 2,
        r: rows,
        c: rows / 4,
        s: step / 4,
        k: 4,
      });
    }
    default:
      return variant satisfies never;
  }
}
