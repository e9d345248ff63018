/**
 * The parts of the benchmark, in the order they run.
 *
 * @module
 */
import { growth } from "./growth.ts";
import { kernelSection } from "./kernels.ts";
import { modelSection } from "./model.ts";
import { peers } from "./peers/mod.ts";
import { roofline } from "./roofline.ts";
import { training } from "./training.ts";
import type { Section } from "./section.ts";
import { tuningSection } from "./tuning.ts";

/** All parts. A new one is a file beside this one, a name in `results.ts` and a line here. */
export const sections: readonly Section[] = [
  tuningSection,
  roofline,
  kernelSection,
  modelSection,
  growth,
  training,
  peers,
];
