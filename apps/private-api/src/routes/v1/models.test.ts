import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { testDeps } from '../../testing/test-deps.ts';
import { ADMIN_KEY, v1Client } from '../../testing/v1-client.ts';

const ALLOWED = ['registry.example/lab/'];

describe('a model whose image may not run here', () => {
  it.each([
    ['registry.example/lab/seg:1', 201],
    ['registry.example/laboratory/seg:1', 422],
    ['busybox', 422],
  ])('is refused where it is registered: %s is answered with %i', async (image, status) => {
    const client = await v1Client(await testDeps({ adminKey: ADMIN_KEY, imagesAllowed: ALLOWED }));
    const reply = await client.post('/models', JSON.stringify({ id: 'seg', image }), { 'content-type': 'application/json' });
    expect(reply.status).toBe(status);
    if (status === 201) return;
    const refusal = reply.json<{ code: string; detail: string }>();
    expect(refusal.code).toBe('invalid_request');
    expect(refusal.detail).toContain('images come from registry.example/lab/ only (IMAGES_ALLOWED)');
  });

  it('is refused through the legacy route, too, and its zip is not kept', async () => {
    const deps = await testDeps({ adminKey: ADMIN_KEY, imagesAllowed: ALLOWED });
    const { url } = await v1Client(deps);
    const query = new URLSearchParams({ human_readable_id: 'seg', container_tag: 'busybox', model_available: 'true' });
    const body = new FormData();
    body.set('zip_file', new File([new Uint8Array(await zipOf({ weights: 'x' }))], 'model.zip'));
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const reply = await fetch(`${url.replace('/api/v1', '')}/api/models/?${query}`, { method: 'POST', body, headers });
    expect(reply.status).toBe(422);
    expect(JSON.stringify(await reply.json())).toContain('IMAGES_ALLOWED');
  });
});
