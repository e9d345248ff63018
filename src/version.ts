/** The version of this tool, part of what cached rows depend on. */
import manifest from "../deno.json" with { type: "json" };

export const version: string = manifest.version;
