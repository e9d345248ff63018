/**
 * Finds the adapter and opens a device with all that it offers.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { InputError } from "../errors.ts";
import type { AdapterFacts } from "./session.ts";

/** The limits the planner and the kernels look at. */
const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxUniformBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxStorageTexturesPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupsPerDimension",
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Optional features that are used where an adapter has them. */
const wantedFeatures: readonly GPUFeatureName[] = [
  "timestamp-query",
  "shader-f16",
];

/** What to do on a machine without an adapter. */
const remedy =
  "on Debian or Ubuntu run `apt-get install mesa-vulkan-drivers` for a software Vulkan, elsewhere install your GPU's Vulkan driver";

/**
 * Opens the fastest adapter there is.
 *
 * @throws {InputError} if there is none, or it refuses a device.
 */
export async function openDevice(): Promise<
  { device: GPUDevice; facts: AdapterFacts }
> {
  const adapter = await navigator.gpu?.requestAdapter({
    powerPreference: "high-performance",
  });
  if (!adapter) throw new InputError(`No GPU adapter found: ${remedy}`);
  const facts = describeAdapter(adapter);
  try {
    const device = await adapter.requestDevice({
      label: "espalier",
      requiredLimits: { ...facts.limits },
      requiredFeatures: wantedFeatures.filter((name) =>
        adapter.features.has(name)
      ),
    });
    return { device, facts };
  } catch (error) {
    throw new InputError(
      `The GPU adapter "${facts.description}" refused to open a device (${error}): update its driver`,
    );
  }
}

function describeAdapter(adapter: GPUAdapter): AdapterFacts {
  const { info } = adapter;
  return {
    description: info.description || info.device || "unknown adapter",
    vendor: info.vendor,
    architecture: info.architecture,
    isFallback: info.isFallbackAdapter,
    features: [...adapter.features].sort(),
    limits: Object.fromEntries(
      wantedLimits.map((name) => [name, adapter.limits[name]]),
    ),
  };
}

/**
 * Gives a driver's threads time to end after their device is destroyed or their
 * Worker has gone, of which nobody is told. Without it one process in ten on
 * llvmpipe crashed at its exit (139), when all its work was done.
 */
export function driverFarewell(): Promise<void> {
  return delay(100);
}
