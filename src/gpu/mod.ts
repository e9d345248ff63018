/**
 * The only room that touches `navigator.gpu`.
 *
 * @module
 */
export { openWorkerSession as openSession } from "./worker_session.ts";
export type { AdapterFacts, ProgramHandle, Session } from "./session.ts";
export { type LocalSession, openLocalSession } from "./local_session.ts";
export { selfTestKernel, type SelfTestResult } from "./check_kernel.ts";
