import { answerRequests, decodePictureFile } from "./_worker_tasks.ts";

answerRequests(decodePictureFile);
