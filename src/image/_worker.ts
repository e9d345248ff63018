import { answerRequests } from "./_answer_requests.ts";
import { decodePictureFile } from "./_picture_file.ts";

answerRequests(decodePictureFile);
