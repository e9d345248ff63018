/**
 * The only room that touches `navigator.gpu`.
 *
 * @module
 */
import type { AnyKernel } from "../../kernels/kernel.ts";
import { openLocalSession as openHere } from "./local_session.ts";
import type { Session } from "./session.ts";

export {
  leaveWorkers,
  openWorkerSession as openSession,
  settleSessions,
} from "./worker_session.ts";
export type { AdapterFacts, ProgramHandle, Session } from "./session.ts";
export { selfTestKernel, type SelfTestResult } from "./check_kernel.ts";

/**
 * Opens a session in this thread. Readbacks block it: see `openSession`.
 * Programs may dispatch `kernels` beside those that `kernels/mod.ts` lists.
 *
 * @throws {InputError} if there is no adapter, or it refuses a device.
 */
export function openLocalSession(
  options: { readonly kernels?: readonly AnyKernel[] } = {},
): Promise<Session> {
  return openHere(options);
}
