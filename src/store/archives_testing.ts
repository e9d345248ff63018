/** For tests: archives of pictures, packed in each way. */
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { packTar, type TarHeader } from "modern-tar";
import { encodePng } from "../image/mod.ts";

/** A small picture of one colour; each number gives another. */
export function picture(number: number): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(3 * 16).fill(number);
  return new Uint8Array(encodePng({ width: 4, height: 4, pixels }));
}

/** Two classes in one folder, with what else archives hold. */
export const pictures: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "set/LICENSE.txt": new TextEncoder().encode("free"),
  "set/dark/1.png": picture(1),
  "set/dark/2.png": picture(2),
  "set/light/花.png": picture(250),
  "set/light/empty.txt": new Uint8Array(),
};

type Members = Readonly<Record<string, Uint8Array>>;

/** A tar archive; what stands before `members` has its own headers. */
export async function tar(
  members: Members,
  { headers = [] }: {
    headers?: readonly (Partial<TarHeader> & { readonly name: string })[];
  } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return await packTar([
    ...headers.map((header) => ({
      header: { size: 0, ...header },
    })),
    ...Object.entries(members).map(([name, body]) => ({
      header: { name, size: body.length },
      body,
    })),
  ]);
}

export async function tgz(members: Members): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(gzipSync(await tar(members)));
}

export function zip(
  members: Members,
  level: 0 | 6 = 6,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(zipSync({ ...members }, { level }));
}

/** All files below a folder, by their relative paths. */
export async function filesIn(
  folder: string,
): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const found: [string, Uint8Array<ArrayBuffer>][] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) {
      const inside = await filesIn(`${folder}/${name}`);
      for (const [path, bytes] of Object.entries(inside)) {
        found.push([`${name}/${path}`, bytes]);
      }
    } else found.push([name, await Deno.readFile(`${folder}/${name}`)]);
  }
  return Object.fromEntries(found);
}
