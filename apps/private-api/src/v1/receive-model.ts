import { storable, V1_LIMITS } from '@inference/contracts';
import type { ReceivedFile } from '@inference/files';
import type { Request, Response } from 'express';
import { acceptUpload } from '../accept-upload.ts';
import type { Deps } from '../deps.ts';
import { jsonBody } from '../json-body.ts';
import { receiveUpload } from '../receive-upload.ts';
import { wrongField } from './check-fields.ts';
import { parseJson } from './parse-json.ts';
import { readMultipart } from './read-multipart.ts';

const NAME_CHARS_MAX = 255;
const message = jsonBody(V1_LIMITS.jsonBytesMax);

/** What a registration says, not yet checked; the zip of static files and the sample input that came with it. */
export type ReceivedModel = {
  readonly words: unknown;
  readonly zip: { upload: ReceivedFile; name: string } | null;
  readonly sample: ReceivedFile | null;
};

/** Removes what came with a registration that is refused. */
export async function discardModel({ zip, sample }: Pick<ReceivedModel, 'zip' | 'sample'>): Promise<void> {
  await zip?.upload.discard();
  await sample?.discard();
}

/** Receives a registration: JSON, or a multipart body of the JSON part `model` and the zip parts `files` and `sample`. */
export async function receiveModel(deps: Deps, request: Request, response: Response): Promise<ReceivedModel> {
  if (!request.is('multipart/form-data')) {
    await message(request, response, () => {});
    return { words: request.body, zip: null, sample: null };
  }
  await acceptUpload(deps, request, response);
  const received: { zip: ReceivedModel['zip']; sample: ReceivedModel['sample'] } = { zip: null, sample: null };
  // The next part may come while the one before is not yet on disk: two that were received would leave one behind.
  const wanted = new Set(['files', 'sample']);
  try {
    const fields = await readMultipart(request, response, async ({ part, name, content }) => {
      if (!wanted.delete(part))
        throw wrongField('body', part, 'is not known, or came twice: there are model, and the zips files and sample');
      const upload = await receiveUpload(deps, response, content);
      if (part === 'files') received.zip = { upload, name: storable(name.slice(-NAME_CHARS_MAX)) };
      else received.sample = upload;
    });
    const words = fields.get('model');
    if (words === undefined) throw wrongField('body', 'model', 'is missing: send the registration as this part, in JSON');
    return { words: parseJson('model', words), ...received };
  } catch (error) {
    await discardModel(received);
    throw error;
  }
}
