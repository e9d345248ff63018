/**
 * What wrappers put before every name: `module.` (DataParallel), `_orig_mod.`
 * (torch.compile), `model.` (Lightning), `network.` and their combinations.
 *
 * @module
 */

const prefixes = [
  ...["module.", "_orig_mod.", "model.", "network.", "net.", "backbone."],
  "state_dict.",
];

/** The same tensors without the prefixes that more than half of the names have. */
export function withoutPrefixes<Tensor>(
  tensors: ReadonlyMap<string, Tensor>,
): {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly notes: readonly string[];
} {
  let named = [...tensors];
  let prefix = "";
  for (;;) {
    const next = prefixes.find((one) =>
      2 * named.filter(([name]) => name.startsWith(one)).length > named.length
    );
    if (next === undefined) break;
    const shorter = named.map(([name, tensor]): [string, Tensor] => [
      name.startsWith(next) ? name.slice(next.length) : name,
      tensor,
    ]);
    // Two networks in one file: neither is the other's wrapper.
    if (new Map(shorter).size < named.length) break;
    named = shorter;
    prefix += next;
  }
  return {
    tensors: new Map(named),
    notes: prefix === ""
      ? []
      : [`The prefix ${JSON.stringify(prefix)} of the names is left off.`],
  };
}
