import { match, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { assertWellFormed, awkwardLabels } from "./_xml_testing.ts";
import { type ReportData, reportHtml } from "./html.ts";

const picture = "data:image/png;base64,iVBORw0KGgo=";

function data(more: Partial<ReportData> = {}): ReportData {
  return {
    name: "flowers",
    created: "2025-05-01 10:00",
    labels: ["daisy", "iris"],
    images: { train: 80, validation: 10, test: 10 },
    model: {
      name: "inception-v3-npm",
      provenance: "a stop-gap",
      reason: "nothing else is in the store",
    },
    curves: { train: [{ step: 0, loss: 0.7, accuracy: 0.5 }], validation: [] },
    confusion: [[5, 0], [1, 4]],
    sample: [],
    mistakes: [],
    skipped: [],
    warnings: [],
    settings: { seed: 0, test: undefined },
    environment: { adapter: "llvmpipe" },
    digests: { model: "009d6814" },
    command: "espalier train flowers --seed 0",
    ...more,
  };
}

/** The page without what HTML does not close, as the strict reader of markup wants it. */
function asXml(page: string): string {
  return page.replace("<!DOCTYPE html>", "").replace(
    /<style>[^]*?<\/style>/,
    "",
  )
    .replace(/<(meta|img|br)((?: [a-z-]+="[^"<]*")*)>/g, "<$1$2/>");
}

Deno.test("reportHtml() shows the accuracy, its interval, the model's provenance and the command", () => {
  const page = reportHtml(data());
  for (
    const text of [
      "90.0 %",
      "59.6 % to 98.2 %",
      "9 of 10 right",
      "a stop-gap",
      "nothing else is in the store",
      "llvmpipe",
      "009d6814",
      "not set",
    ]
  ) ok(page.includes(text), text);
  ok(page.includes("<code>espalier train flowers --seed 0</code>"));
});

Deno.test("reportHtml() says of a run that kept no command where its settings are", () => {
  const { command: _command, ...older } = data();
  const page = reportHtml(older);
  ok(page.includes("<code>run.json</code> and the settings above say"));
  assertWellFormed(asXml(page));
});

Deno.test("reportHtml() never lets a text become markup", () => {
  const attack = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;
  const page = reportHtml(data({
    name: attack,
    created: attack,
    labels: [attack, "iris"],
    model: { name: attack, provenance: attack, reason: attack },
    mistakes: [{
      path: attack,
      truth: attack,
      label: attack,
      confidence: 1,
      thumbnail: `data:image/png,${attack}`,
    }],
    sample: [{
      path: attack,
      label: attack,
      confidence: NaN,
      thumbnail: attack,
    }],
    skipped: [{ path: attack, reason: attack }],
    warnings: [attack],
    settings: { [attack]: attack },
    environment: { [attack]: attack },
    digests: { [attack]: attack },
    command: attack,
  }));
  ok(
    !page.includes("<script") && !page.includes("<img src=x") &&
      !page.includes("onerror='"),
  );
  assertWellFormed(asXml(page));
});

Deno.test("reportHtml() is well-formed whatever the labels hold", () => {
  const check = (labels: readonly string[]) => {
    const confusion = labels.map(() => labels.map(() => 1));
    assertWellFormed(
      asXml(reportHtml(data({ labels, confusion, warnings: labels }))),
    );
  };
  check(awkwardLabels);
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary" }), { maxLength: 5 }),
      check,
    ),
    { numRuns: 30 },
  );
});

Deno.test("reportHtml() asks for nothing outside itself", () => {
  const outside = "https://example.com/x.png";
  const mistake = {
    path: "a.jpg",
    truth: "iris",
    label: "daisy",
    confidence: 0.5,
  };
  const page = reportHtml(data({
    sample: [{ ...mistake, thumbnail: outside }],
    mistakes: [{ ...mistake, thumbnail: outside }, {
      ...mistake,
      thumbnail: picture,
    }],
  }));
  ok(!page.includes("example.com"));
  ok(!/<(?:script|link|iframe|object|embed)\b|url\(|@import/.test(page));
  const sources = Array.from(
    page.matchAll(/(?:src|href)="([^"]*)"/g),
    ([, address]) => address,
  );
  ok(sources.includes(picture));
  ok(
    sources.every((address) => address === picture || address.startsWith("#")),
    sources.join(" "),
  );
  ok(
    page.includes(
      `content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`,
    ),
  );
});

Deno.test("reportHtml() puts the most confident mistakes first and counts those it leaves out", () => {
  const mistakes = Array.from({ length: 75 }, (_, index) => ({
    path: `picture ${index}.jpg`,
    truth: "iris",
    label: "daisy",
    confidence: index / 75,
  }));
  const page = reportHtml(data({ mistakes, confusion: [[9, 0], [75, 9]] }));
  ok(page.indexOf("picture 74.jpg") < page.indexOf("picture 73.jpg"));
  ok(page.includes("picture 15.jpg") && !page.includes("picture 14.jpg"));
  ok(page.includes("75 pictures, of which these 60"));
});

Deno.test("reportHtml() leaves out sections without content and links those it has", () => {
  const page = reportHtml(data());
  for (const [, id] of page.matchAll(/href="#([^"]*)"/g)) {
    ok(page.includes(`<section id="${id}">`), id);
  }
  for (const id of ["skipped", "warnings", "mistakes", "sample"]) {
    ok(!page.includes(`id="${id}"`), id);
  }
});

Deno.test("reportHtml() says so when there were no test images", () => {
  const page = reportHtml(data({ confusion: [[0, 0], [0, 0]] }));
  ok(page.includes("no test images"));
  strictEqual(page.includes("NaN"), false);
});

Deno.test("reportHtml() shows a sample of the predictions, the wrong ones with their truth", () => {
  const path = "a.jpg";
  const page = reportHtml(data({
    sample: [
      { path, label: "iris", confidence: 0.914, truth: "iris" },
      { path, label: "daisy", confidence: 1, truth: "iris" },
      { path, label: "rose", confidence: NaN },
    ],
  }));
  ok(page.includes(`<bdi class="right">iris</bdi> 91 %<span`));
  ok(page.includes(`<bdi class="wrong">daisy</bdi> 100 %<br>truth: <bdi>iris`));
  ok(page.includes(`<bdi class="unknown">rose</bdi> <span`));
});

Deno.test("reportHtml() shows an adapter as a table, and wraps the command", () => {
  const html = reportHtml(data({
    environment: {
      adapter: {
        description: "llvmpipe",
        vendor: "",
        features: ["shader-f16", "subgroups"],
        limits: { maxBufferSize: 1024 },
      },
    },
  }));
  for (
    const row of [
      `<th scope="rowgroup" colspan="2">adapter</th>`,
      `<th scope="row" style="--depth:1">description</th><td>llvmpipe</td>`,
      `<th scope="row" style="--depth:1">vendor</th><td>none</td>`,
      `<td>shader-f16, subgroups</td>`,
      `<th scope="row" style="--depth:2">maxBufferSize</th><td>1024</td>`,
    ]
  ) ok(html.includes(row), row);
  match(html, /pre \{[^}]*white-space: pre-wrap;/);
});
