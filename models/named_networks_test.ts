import { deepStrictEqual, strictEqual } from "@std/assert";
import { architectureOf } from "./architectures.ts";
import { networkNamed, networkNames } from "./named_networks.ts";

Deno.test("networkNamed() names architectures that there are, and their size", () => {
  const sizes = networkNames.flatMap((name) => {
    const { architecture = "", size } = networkNamed(name) ?? {};
    const known = architectureOf(architecture);
    return known.size === size ? [] : [[name, size]];
  });
  // Only MobileNet v1 was released for several.
  deepStrictEqual(
    sizes,
    ["1.0", "0.75", "0.5", "0.25"].flatMap((alpha) =>
      [192, 160, 128].map((size) => [`mobilenet-v1-${alpha}-${size}`, size])
    ),
  );
});

Deno.test("networkNamed() knows what short names mean, and no others", () => {
  deepStrictEqual(networkNamed("mobilenet-v1"), {
    architecture: "keras/mobilenet_1",
    size: 224,
  });
  deepStrictEqual(
    networkNamed("mobilenet-v1-0.5"),
    networkNamed("mobilenet-v1-0.5-224"),
  );
  strictEqual(networkNamed("mobilenet-v1-0.3-128"), undefined);
  strictEqual(networkNamed("toString"), undefined);
});
