/**
 * What a kernel is: WGSL text, the declaration that everything else is derived
 * from (bindings, uniform struct, workgroups, cost) and a plain-loop reference.
 * All of it is plain data and pure functions; no GPU object is in sight.
 *
 * @module
 */
import { InputError } from "../src/errors.ts";
import {
  asTexels,
  type Bindings,
  type ElementType,
  loadFunctions,
  storeFunctions,
  texelFormat,
} from "./texels.ts";
import type { BufferIndex, Step, Variant } from "./program.ts";

/** Types of the fields of a kernel's uniform struct. */
export type ParamType = "u32" | "f32";

/** The fields of a uniform struct, in order. */
export type ParamTable = Readonly<Record<string, ParamType>>;

/** Values of a uniform struct, by the table that declares it. */
export type ParamsOf<Table extends ParamTable> = {
  -readonly [Name in keyof Table]: number;
};

/** Contents of a buffer as the reference sees it. */
export type BufferData = Float32Array | Uint32Array;

/** Work of one dispatch, from which benchmarks derive GFLOP/s and GB/s. */
export interface Cost {
  /** Floating point operations, a multiply-add counted as two. */
  readonly flops: number;
  /** Bytes that have to move at least once. */
  readonly bytes: number;
}

/**
 * Which of a kernel's {@linkcode Kernel.texelBindings} are bound as texels. Every
 * variant may say so beside what its kernel knows of.
 */
export interface TexelChoice {
  /** Their names in order, with spaces between [none]. */
  readonly asTexels?: string;
}

/** One call of a kernel on actual data. */
export interface KernelCall<
  Table extends ParamTable = ParamTable,
  V = Variant,
> {
  /** Values of the uniform struct. */
  readonly params: ParamsOf<Table>;
  /** What specialises the text. */
  readonly variant: V & TexelChoice;
  /** Contents of the buffers it reads. */
  readonly reads: readonly BufferData[];
  /** What the buffers it writes held before; the reference writes into them. */
  readonly writes: readonly BufferData[];
}

/** A kernel: the only place where it is described. */
export interface Kernel<
  Table extends ParamTable = ParamTable,
  V extends Variant = Record<never, never>,
> {
  /** Its name. */
  readonly name: string;
  /** Fields of the uniform struct `params`, in order. */
  readonly params: Table;
  /** Buffers it reads, bound first. */
  reads(variant: V): Bindings;
  /** Buffers it writes, bound after those. */
  writes(variant: V): Bindings;
  /**
   * Bindings that may be buffers or texels [none]: the text reads them by
   * `load_NAME(index)` alone, and writes them by `store_NAME(index, value)`,
   * which the header defines.
   */
  texelBindings?(variant: V): readonly string[];
  /**
   * The same with texels for these of its bindings, too, where there is such a
   * variant: for tensors that are a texture and no buffer.
   */
  withTexels?(variant: V, bindings: readonly string[]): V | undefined;
  /** Threads of a workgroup; x is a multiple of 8, the lanes of llvmpipe [{@linkcode linearWorkgroup}]. */
  workgroup?(variant: V): readonly [number, number, number];
  /** Constants the WGSL uses and a variant decides, declared in its header. */
  constants?(variant: V): Readonly<Record<string, number | boolean>>;
  /**
   * The WGSL text, without the header {@linkcode wgslOf} puts before it. Parts
   * that only some variants have are named blocks of one `.wgsl`, and repeated
   * lines are unrolled: `unroll.ts` has both marks.
   */
  source(variant: V): string;
  /** Workgroups along x, y and z. */
  groups(
    params: ParamsOf<Table>,
    variant: V,
  ): readonly [number, number, number];
  /** The work of a dispatch. */
  cost(params: ParamsOf<Table>, variant: V): Cost;
  /** The specification: plain loops, sums in f64. */
  reference(call: KernelCall<Table, V>): void;
  /** A small call, run by `doctor` as the kernel's self-test. */
  example(): KernelCall<Table, V>;
}

/** Where and with what a kernel is dispatched. */
export interface Dispatch<Table extends ParamTable, V> {
  /** Values of the uniform struct. */
  readonly params: ParamsOf<Table>;
  /** What specialises the text. */
  readonly variant: V & TexelChoice;
  /** Buffers in the order of the kernel's `reads`. */
  readonly reads: readonly BufferIndex[];
  /** Buffers in the order of the kernel's `writes`. */
  readonly writes: readonly BufferIndex[];
  /** What it is called in profiles. */
  readonly label: string;
}

/**
 * The step of a program that dispatches `kernel`.
 *
 * @throws {InputError} if it takes more workgroups along a dimension than WebGPU allows.
 */
export function dispatch<Table extends ParamTable, V extends Variant>(
  kernel: Kernel<Table, V>,
  call: Dispatch<Table, V>,
): Step {
  const { params, variant, label } = call;
  const groups = kernel.groups(params, variant);
  const most = Math.max(...groups);
  if (most > maxGroupsPerDimension) {
    throw new InputError(
      `"${label}" needs ${most} workgroups of ${kernel.name} in a row, WebGPU allows ${maxGroupsPerDimension}: use a smaller batch or smaller pictures`,
    );
  }
  return { kernel: kernel.name, groups, ...call };
}

/** Any kernel, with its parameter types forgotten: what lists and runners hold. */
export type AnyKernel = Kernel<ParamTable, Variant>;

/** A complete shader, and how many lines of it are before the kernel's own text. */
export interface Shader {
  /** The text. */
  readonly code: string;
  /** Lines before the kernel's own. */
  readonly headerLines: number;
}

/** Most steps of a program ask for a text that another has asked for. */
const shaders = new WeakMap<AnyKernel, Map<string, Shader>>();

/**
 * The complete shader: uniform struct, bindings (uniform at 0, then reads, then
 * writes), workgroup size and the variant's constants, then the kernel's text.
 */
export function wgslOf(kernel: AnyKernel, variant: Variant): Shader {
  const known = shaders.get(kernel) ?? new Map<string, Shader>();
  shaders.set(kernel, known);
  const key = JSON.stringify(variant);
  const shader = known.get(key) ?? makeShader(kernel, variant);
  known.set(key, shader);
  return shader;
}

function makeShader(kernel: AnyKernel, variant: Variant): Shader {
  const fields = Object.entries(kernel.params).map(([name, type]) =>
    `${name}: ${type}`
  );
  const bindings = bindingsOf(kernel, variant).map((binding, index) =>
    `@group(0) @binding(${index + 1}) ${declaration(binding)}`
  );
  const [x, y, z] = kernel.workgroup?.(variant) ?? linearWorkgroup;
  const constants = Object.entries({
    WORKGROUP_X: x,
    WORKGROUP_Y: y,
    WORKGROUP_Z: z,
    ...kernel.constants?.(variant),
  }).map(([name, value]) =>
    typeof value === "boolean"
      ? `const ${name}: bool = ${value};`
      : `const ${name}: u32 = ${value}u;`
  );
  const header = [
    `struct Params { ${fields.join(", ")} }`,
    "@group(0) @binding(0) var<uniform> params: Params;",
    ...bindings,
    ...constants,
    ...accessFunctions(kernel, variant),
    "",
  ];
  return {
    code: header.join("\n") + kernel.source(variant),
    headerLines: header.length - 1,
  };
}

/** The functions by which a kernel's text reads and writes what may be texels. */
function accessFunctions(kernel: AnyKernel, variant: Variant): string[] {
  const names = kernel.texelBindings?.(variant) ?? [];
  const of = (access: Binding["access"]): Bindings =>
    Object.fromEntries(
      bindingsOf(kernel, variant)
        .filter((binding) =>
          binding.access === access && names.includes(binding.name)
        )
        .map(({ name, element }) => [name, element]),
    );
  return [loadFunctions(of("read")), storeFunctions(of("write"))]
    .filter((text) => text !== "")
    .flatMap((text) => text.split("\n"));
}

/** A buffer, or a texture, that a kernel reads or writes. */
export interface Binding {
  /** What its WGSL calls it. */
  readonly name: string;
  /** What it is an array of. */
  readonly element: ElementType;
  /** What the kernel does with it. */
  readonly access: "read" | "write";
}

/** What a kernel binds after its uniforms, in order. */
export function bindingsOf(
  kernel: AnyKernel,
  variant: Variant,
): readonly Binding[] {
  const chosen = chosenTexels(variant);
  const bindings = (named: Bindings, access: Binding["access"]) =>
    Object.entries(named).map(([name, element]) => ({
      name,
      element: chosen.includes(name)
        ? asTexels(element, access) ?? element
        : element,
      access,
    }));
  return [
    ...bindings(kernel.reads(variant), "read"),
    ...bindings(kernel.writes(variant), "write"),
  ];
}

function chosenTexels(variant: Variant): readonly string[] {
  const names = String(variant.asTexels ?? "").split(" ");
  return names.filter((name) => name !== "");
}

/** The same with texels for these of its bindings, too; nothing where one of them has to be a buffer. */
export function takeTexels(
  kernel: AnyKernel,
  variant: Variant,
  names: readonly string[],
): Variant | undefined {
  const offered = kernel.texelBindings?.(variant) ?? [];
  const elsewhere = names.filter((name) => !offered.includes(name));
  const inside = names.filter((name) => offered.includes(name));
  const known = elsewhere.length === 0
    ? variant
    : kernel.withTexels?.(variant, elsewhere);
  if (!known) return undefined;
  const bindings = bindingsOf(kernel, known);
  const isRefused = bindings.some(({ name, element, access }) =>
    inside.includes(name) && asTexels(element, access) === undefined
  );
  if (isRefused) return undefined;
  const wanted = [...chosenTexels(known), ...inside];
  const inOrder = bindings.map(({ name }) => name)
    .filter((name) => wanted.includes(name));
  return inOrder.length === 0
    ? known
    : { ...known, asTexels: inOrder.join(" ") };
}

/** What a step binds, in order, and with what buffers. */
export function stepBindings(
  kernel: AnyKernel,
  { variant, reads, readBytes, writes }: Step,
): readonly (Binding & {
  readonly buffer: BufferIndex;
  /** Of a read's tensor, which may share a larger buffer. */
  readonly bytes: number | undefined;
})[] {
  const buffers = [...reads, ...writes];
  return bindingsOf(kernel, variant).map((binding, at) => ({
    ...binding,
    buffer: buffers[at],
    bytes: readBytes?.[at],
  }));
}

function declaration({ name, element, access }: Binding): string {
  const format = texelFormat(element);
  if (format) return `var ${name}: texture_storage_2d<${format}, ${access}>;`;
  const type = element === "halves" ? "vec2u" : element;
  return `var<storage, ${
    access === "read" ? "read" : "read_write"
  }> ${name}: array<${type}>;`;
}

/** Values of the uniform struct as bytes, fields in declaration order. */
export function encodeParams(
  kernel: AnyKernel,
  params: Readonly<Record<string, number>>,
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(kernel.params);
  const buffer = new ArrayBuffer(entries.length * 4);
  const view = new DataView(buffer);
  entries.forEach(([name, type], index) => {
    const value = params[name];
    if (value === undefined) {
      throw new Error(`Kernel "${kernel.name}" needs the parameter "${name}"`);
    }
    if (type === "u32") view.setUint32(index * 4, value, true);
    else view.setFloat32(index * 4, value, true);
  });
  return new Uint8Array(buffer);
}

/** `a / b`, rounded up. */
export function ceilDivide(a: number, b: number): number {
  return Math.ceil(a / b);
}

/** The next multiple of `multiple`, or the value itself where it is one. */
export function roundUp(value: number, multiple: number): number {
  return ceilDivide(value, multiple) * multiple;
}

/** A number as WGSL writes a float. */
export function floatText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** WebGPU's default limit of workgroups along one dimension. */
export const maxGroupsPerDimension = 65535;

/** Threads of a workgroup where a kernel does not say: in a line. */
export const linearWorkgroup = [64, 1, 1] as const;

/**
 * Workgroups for `threads` threads in a line; spills into y past the limit of
 * x. The WGSL twin is {@linkcode linearIndex}.
 */
export function linearGroups(
  threads: number,
  workgroupSize: number = linearWorkgroup[0],
): readonly [number, number, number] {
  const groups = Math.max(1, ceilDivide(threads, workgroupSize));
  const y = ceilDivide(groups, maxGroupsPerDimension);
  return [ceilDivide(groups, y), y, 1];
}

/** WGSL of `linear_index()`. */
export const linearIndex =
  `// The index of this thread among all threads of a dispatch made with
// linearGroups(): workgroups run along x and spill into y.
fn linear_index(
  workgroup: vec3u,
  workgroups: vec3u,
  local_index: u32,
) -> u32 {
  return (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP_X + local_index;
}
`;
