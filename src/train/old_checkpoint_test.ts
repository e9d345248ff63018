import { deepStrictEqual, throws } from "@std/assert";
import { InputError } from "../errors.ts";
import { decodeCheckpoint } from "./checkpoint.ts";

const head = Uint8Array.from(
  atob(
    "ZXNwYWxpZXIBAAAAMAIAAHsia2luZCI6ImNoZWNrcG9pbnQiLCJtZXRhZGF0YSI6" +
      "eyJzdGVwIjoxMDAsInJlY2lwZSI6eyJuYW1lIjoiZGVmYXVsdCIsIm9wdGltaXpl" +
      "ciI6Im1vbWVudHVtIiwicmF0ZSI6MC41LCJzY2hlZHVsZSI6ImNvc2luZSIsInN0" +
      "ZXBzIjoyMDAsImJhdGNoIjo0LCJ3ZWlnaHREZWNheSI6MCwic2NhbGVSb3dzIjp0" +
      "cnVlfSwiYmF0Y2hlcyI6eyJyYW5kb20iOnsic2VlZCI6MSwic3RyZWFtIjoxLCJj" +
      "b3VudGVyIjo3N30sInBvc2l0aW9uIjo0fSwibGFiZWxzIjpbImEiLCJiIl0sImRp" +
      "Z2VzdHMiOnsiZGF0YSI6ImRkIn19LCJ0ZW5zb3JzIjpbeyJuYW1lIjoid2VpZ2h0" +
      "cyIsImR0eXBlIjoiZjMyIiwic2hhcGUiOlsyLDJdLCJvZmZzZXQiOjB9LHsibmFt" +
      "ZSI6ImJpYXMiLCJkdHlwZSI6ImYzMiIsInNoYXBlIjpbMl0sIm9mZnNldCI6MTZ9" +
      "LHsibmFtZSI6InZlbG9jaXR5LndlaWdodHMiLCJkdHlwZSI6ImYzMiIsInNoYXBl" +
      "IjpbMiwyXSwib2Zmc2V0IjozMn0seyJuYW1lIjoidmVsb2NpdHkuYmlhcyIsImR0" +
      "eXBlIjoiZjMyIiwic2hhcGUiOlsyXSwib2Zmc2V0Ijo0OH1dfSAgICAgICAgICAg" +
      "AACAPwAAAEAAAEBAAACAQAAAoEAAAMBAAAAAAAAAAADNzMw9zcxMPpqZmT7NzMw+" +
      "AAAAP5qZGT8AAAAAAAAAABhFHS7zBp8R4p409W7tQaSXidqiypipAeVorfQeei0h",
  ),
  (char) => char.charCodeAt(0),
);

const network = Uint8Array.from(
  atob(
    "ZXNwYWxpZXIBAAAAYAEAAHsia2luZCI6Im5ldHdvcmsgY2hlY2twb2ludCIsIm1l" +
      "dGFkYXRhIjp7InN0ZXAiOjEyLCJzdGFnZSI6MSwiYmF0Y2hlcyI6eyJyYW5kb20i" +
      "Onsic2VlZCI6MSwic3RyZWFtIjoxLCJjb3VudGVyIjo3N30sInBvc2l0aW9uIjo0" +
      "fSwiaWRlbnRpdHkiOnsibGFiZWxzIjpbImEiLCJiIl0sImRpZ2VzdHMiOnsiZGF0" +
      "YSI6ImRkIn19fSwidGVuc29ycyI6W3sibmFtZSI6InZhcmlhYmxlL2NvbnYva2Vy" +
      "bmVsIiwiZHR5cGUiOiJmMzIiLCJzaGFwZSI6WzJdLCJvZmZzZXQiOjB9LHsibmFt" +
      "ZSI6Im1vbWVudC9jb252L2tlcm5lbCAodmVsb2NpdHkpIiwiZHR5cGUiOiJmMzIi" +
      "LCJzaGFwZSI6WzJdLCJvZmZzZXQiOjE2fV19ICAgICAAAIA/AAAAQAAAAAAAAAAA" +
      "AABAQAAAgEAAAAAAAAAAAMHvkNiDcyaKXNPCAZ1obaAlNIIu0w4nu8NCouh2jTsx",
  ),
  (char) => char.charCodeAt(0),
);

const common = {
  batches: { random: { seed: 1, stream: 1, counter: 77 }, position: 4 },
  identity: { labels: ["a", "b"], digests: { data: "dd" } },
  settings: {},
};

Deno.test("decodeCheckpoint() reads a head as espalier 0.1 kept it", () => {
  const kernel = (...values: number[]) => ({
    shape: [2, 2],
    data: Float32Array.from(values),
  });
  const bias = (...values: number[]) => ({
    shape: [2],
    data: Float32Array.from(values),
  });
  deepStrictEqual(decodeCheckpoint(head, "it"), {
    ...common,
    step: 100,
    stage: 0,
    way: "dense",
    variables: {
      "head/logits/kernel": kernel(1, 2, 3, 4),
      "head/logits/bias": bias(5, 6),
    },
    moments: {
      "head/logits/kernel (velocity)": kernel(0.1, 0.2, 0.3, 0.4),
      "head/logits/bias (velocity)": bias(0.5, 0.6),
    },
  });
});

Deno.test("decodeCheckpoint() reads a network as espalier 0.1 kept it, and refuses one with a wrong byte", () => {
  deepStrictEqual(decodeCheckpoint(network, "it"), {
    ...common,
    step: 12,
    stage: 1,
    variables: {
      "conv/kernel": { shape: [2], data: Float32Array.of(1, 2) },
    },
    moments: {
      "conv/kernel (velocity)": { shape: [2], data: Float32Array.of(3, 4) },
    },
  });
  const damaged = network.slice();
  damaged[damaged.length >> 1] ^= 1;
  throws(() => decodeCheckpoint(damaged, "it"), InputError);
});
