export function drawCurves(_log: unknown): string {
  return "";
}
export function confusionSvg(_l: unknown, _m: unknown): string {
  return "";
}
export function writeReport(_f: unknown, _d: unknown): Promise<void> {
  return Promise.resolve();
}
