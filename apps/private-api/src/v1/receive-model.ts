import { V1_LIMITS } from '@inference/contracts';
import type { ReceivedFile } from '@inference/files';
import type { Request, Response } from 'express';
import type { Deps } from '../deps.ts';
import { jsonBody } from '../json-body.ts';
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
  try {
    const fields = await readMultipart(request, response, async ({ part, name, content }) => {
      if (part !== 'files' || zip !== null)
        throw wrongField('body', part, 'is not known, or came twice: there are model and one zip, files');
      zip = { upload: await deps.files.receive(content, deps.settings.zipLimits.archiveBytesMax), name: shownName(name) };
    });
    const words = fields.get('model');
    if (words === undefined) throw wrongField('body', 'model', 'is missing: send the registration as this part, in JSON');
    return { words: parseJson(words), zip };
  } catch (error) {
    await (zip as ReceivedModel['zip'])?.upload.discard();
    throw error;
  }
}

/** A file's name as it may be kept and shown: without control characters and the like. */
function shownName(name: string): string {
  return name.replace(/\p{C}/gu, '').slice(-NAME_CHARS_MAX);
}
