/**
 * Prints the Keras Inception-v3 of an npm package (`NAME@VERSION`) as JSON,
 * `{manifest, shards}`, for machines without npm. Meant for a process of its
 * own, without any permission: importing a package brings all that it depends
 * on (here 340 MB, into Deno's cache) and runs its code.
 */
const specifier = `npm:${Deno.args[0]}/models/inception_v3`;

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`No "${name}" in the model of ${specifier}`);
  }
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

async function loaded(load: unknown): Promise<unknown> {
  if (typeof load !== "function") {
    throw new TypeError(`A part of ${specifier} cannot be loaded`);
  }
  return field(await load(), "default");
}

const model = field(await import(specifier), "InceptionV3Model");
const manifest = await loaded(field(model, "modelJson"));
const shards: unknown[] = [];
const bundles = field(model, "weightBundles");
for (const load of Array.isArray(bundles) ? bundles : []) {
  shards.push(await loaded(load));
}
const text = JSON.stringify({ manifest: JSON.stringify(manifest), shards });
await new Blob([text]).stream().pipeTo(Deno.stdout.writable);
