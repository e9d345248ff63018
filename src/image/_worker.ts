/// <reference lib="deno.worker" />

import {
  decodePictureFile,
  type PictureFile,
  replyOf,
} from "./_picture_file.ts";

self.addEventListener(
  "message",
  async ({ data }: MessageEvent<PictureFile>) => {
    const reply = await replyOf(decodePictureFile(data));
    self.postMessage(
      reply,
      "result" in reply ? [reply.result.pixels.buffer] : [],
    );
  },
);
