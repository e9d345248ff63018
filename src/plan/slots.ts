/**
 * Which tensors can share a buffer: those that are never alive together.
 *
 * @module
 */

/** When a tensor is alive, in steps, both ends included. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/**
 * A buffer size for each slot, and the slot of each lifetime. Greedy by size: the largest tensor first, each into the first slot whose
 * tenants it never meets (Pisarchyk and Lee, "Efficient Memory Management for
 * Deep Neural Net Inference", 2020, section 4.3).
 */
export function assignSlots(
  lifetimes: readonly Lifetime[],
): { slots: readonly number[]; slotOf: readonly number[] } {
  const order = lifetimes.map((_, index) => index)
    .sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes || a - b);
  const slots: { bytes: number; tenants: Lifetime[] }[] = [];
  const slotOf = new Array<number>(lifetimes.length);
  for (const index of order) {
    const lifetime = lifetimes[index];
    let slot = slots.findIndex(({ tenants }) =>
      tenants.every((tenant) => !meets(tenant, lifetime))
    );
    if (slot < 0) slot = slots.push({ bytes: lifetime.bytes, tenants: [] }) - 1;
    slots[slot].tenants.push(lifetime);
    slotOf[index] = slot;
  }
  return { slots: slots.map(({ bytes }) => bytes), slotOf };
}

function meets(a: Lifetime, b: Lifetime): boolean {
  return a.first <= b.last && b.first <= a.last;
}
