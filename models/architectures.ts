/**
 * Every network that files of weights are read into.
 *
 * @module
 */
import type { Architecture } from "./architecture.ts";
import { efficientnets } from "./efficientnet.ts";
import { inceptions } from "./inception.ts";
import { mobilenetsV1 } from "./mobilenet_v1.ts";
import { mobilenetsV2 } from "./mobilenet_v2.ts";
import { mobilenetsV3 } from "./mobilenet_v3.ts";
import { resnets } from "./resnet.ts";
import { vggs } from "./vgg.ts";

/** The networks, by what they are. */
export const architectures: readonly Architecture[] = [
  ...resnets,
  ...mobilenetsV1,
  ...mobilenetsV2,
  ...mobilenetsV3,
  ...efficientnets,
  ...inceptions,
  ...vggs,
];

/** The network of that id. Throws if there is none: a bug, not bad input. */
export function architectureOf(id: string): Architecture {
  const architecture = architectures.find((known) => known.id === id);
  if (!architecture) throw new Error(`There is no architecture "${id}"`);
  return architecture;
}
