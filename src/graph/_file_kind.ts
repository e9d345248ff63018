/** What a file that is no graph turns out to be, by its first bytes. */
const signatures: readonly {
  readonly kind: string;
  readonly at: number;
  readonly bytes: readonly number[];
}[] = [
  { kind: "a zip archive", at: 0, bytes: [0x50, 0x4b, 0x03, 0x04] },
  { kind: "a zip archive", at: 0, bytes: [0x50, 0x4b, 0x05, 0x06] },
  { kind: "a gzip archive", at: 0, bytes: [0x1f, 0x8b] },
  { kind: "a TensorFlow Lite model", at: 4, bytes: [0x54, 0x46, 0x4c, 0x33] },
  { kind: "an HDF5 (Keras) model", at: 0, bytes: [0x89, 0x48, 0x44, 0x46] },
  // Field 1 is a version number there, and a list of nodes in a GraphDef.
  { kind: "a SavedModel", at: 0, bytes: [0x08, 0x01, 0x12] },
];

const texts: readonly { readonly kind: string; readonly start: RegExp }[] = [
  { kind: "an HTML page", start: /^\s*<(!doctype|html|head|\?xml|!--)/i },
  { kind: "a text graph (.pbtxt)", start: /^\s*(#[^\n]*\s+)*node\s*\{/ },
];

/** What the file is with its article, or `undefined` where it may be a graph. */
export function fileKind(file: Uint8Array): string | undefined {
  const signature = signatures.find(({ at, bytes }) =>
    bytes.every((byte, index) => file[at + index] === byte)
  );
  if (signature) return signature.kind;
  const head = new TextDecoder("latin1").decode(file.subarray(0, 1024));
  return texts.find(({ start }) => start.test(head))?.kind;
}
