/**
 * What runs: a flat list of dispatches over numbered buffers. Plain data, made
 * by the planner and executed by `src/gpu` without any further decision.
 *
 * @module
 */
import { counted } from "../src/plural.ts";

/** Index into {@linkcode Program.buffers}. */
export type BufferIndex = number;

/** A whole GPU buffer, or a texture in its stead. Steps share scratch buffers where lifetimes allow. */
export interface BufferSpec {
  /** Size in bytes, a multiple of 4. */
  readonly bytes: number;
  /**
   * Present if the buffer outlives a run: it is created once for each name in a
   * session, shared by all its programs, and can be written and read by name.
   */
  readonly name?: string;
  /** Whether it is a texture instead, which is only bound as texels [false]. */
  readonly texels?: boolean;
}

/** A buffer that outlives a run. */
export interface NamedBufferSpec extends BufferSpec {
  /** Unique in a session. */
  readonly name: string;
}

/** Compile-time facts that specialise a kernel's text; plain JSON. */
export type Variant = Readonly<Record<string, string | number | boolean>>;

/** One dispatch. */
export interface Step {
  /** A key of `kernels` in `kernels/mod.ts`. */
  readonly kernel: string;
  /** What specialises the kernel's text. */
  readonly variant: Variant;
  /** Values of the kernel's uniform struct, by field name. */
  readonly params: Readonly<Record<string, number>>;
  /** Buffers bound in the order of the kernel's `reads`. */
  readonly reads: readonly BufferIndex[];
  /** Bytes of each read's tensor [the whole buffer, which others may share]. */
  readonly readBytes?: readonly number[];
  /** Buffers bound in the order of the kernel's `writes`. */
  readonly writes: readonly BufferIndex[];
  /** Workgroups along x, y and z. */
  readonly groups: readonly [number, number, number];
  /** The graph node this step comes from. */
  readonly label: string;
}

/** Steps in order, and the buffers they name by index. */
export interface Program {
  /** What it is called in profiles. */
  readonly label: string;
  /** The dispatches, in order. */
  readonly steps: readonly Step[];
  /** The buffers, by index. */
  readonly buffers: readonly BufferSpec[];
}

/** A program with the constants that have to be uploaded before it runs. */
export interface Plan {
  /** The program. */
  readonly program: Program;
  /** By buffer name; each is made, uploaded and dropped, one at a time. */
  readonly constants: ReadonlyMap<string, () => Float32Array | Uint32Array>;
}

/** The program as text, one step a line. */
export function printProgram(program: Program): string {
  const lines = program.steps.map((step, index) =>
    [
      String(index).padStart(4),
      step.kernel.padEnd(18),
      `b${step.reads.join(",b")} -> b${step.writes.join(",b")}`.padEnd(20),
      step.groups.join("x").padEnd(12),
      step.label,
    ].join(" ").replaceAll("\n", "?")
  );
  const bytes = program.buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  return [
    ...lines,
    `${counted(program.steps.length, "dispatch")}, ${
      counted(program.buffers.length, "buffer")
    }, ${(bytes / 1e6).toFixed(1)} MB`,
  ].join("\n");
}
