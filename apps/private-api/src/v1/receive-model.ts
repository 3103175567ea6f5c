import { storable, V1_LIMITS } from '@inference/contracts';
import type { ReceivedFile } from '@inference/files';
import type { Request, Response } from 'express';
import type { Deps } from '../deps.ts';
import { jsonBody } from '../json-body.ts';
import { receiveUpload } from '../receive-upload.ts';
import { wrongField } from './check-fields.ts';
import { parseJson } from './parse-json.ts';
import { readMultipart } from './read-multipart.ts';

const NAME_CHARS_MAX = 255;
const message = jsonBody(V1_LIMITS.jsonBytesMax);

/** What a registration says, not yet checked, and the zip of static files that came with it. */
export type ReceivedModel = { readonly words: unknown; readonly zip: { upload: ReceivedFile; name: string } | null };

/** Receives a registration: JSON, or a multipart body of the JSON part `model` and the zip part `files`. */
export async function receiveModel(deps: Deps, request: Request, response: Response): Promise<ReceivedModel> {
  if (!request.is('multipart/form-data')) {
    await message(request, response, () => {});
    return { words: request.body, zip: null };
  }
  let zip: { upload: ReceivedFile; name: string } | null = null;
  let isComing = false;
  try {
    const fields = await readMultipart(request, response, async ({ part, name, content }) => {
      // The next part may come while the one before is not yet on disk: two that were received would leave one behind.
      if (part !== 'files' || isComing) throw wrongField('body', part, 'is not known, or came twice: there are model and one zip, files');
      isComing = true;
      zip = { upload: await receiveUpload(deps, response, content), name: storable(name.slice(-NAME_CHARS_MAX)) };
    });
    const words = fields.get('model');
    if (words === undefined) throw wrongField('body', 'model', 'is missing: send the registration as this part, in JSON');
    return { words: parseJson(words), zip };
  } catch (error) {
    await (zip as ReceivedModel['zip'])?.upload.discard();
    throw error;
  }
}
