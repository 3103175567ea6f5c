import type { Component } from '@inference/service';
import type { Deps } from './deps.ts';
import { diskRoom } from './services/disk-room.ts';

const MIB = 1024 ** 2;

/** What the private API needs beside its files, and how each is looked at. */
export function componentChecks(deps: Deps): Component[] {
  const { store, queue, zips } = deps;
  return [
    {
      name: 'database',
      needed: true,
      async check() {
        await store.answer();
        return { ok: true, text: 'It answers.' };
      },
    },
    {
      name: 'queue',
      // Tasks are accepted and run without it: consumers ask by themselves.
      needed: false,
      async check() {
        if (queue.health().ok) return { ok: true, text: 'It takes rings.' };
        return { ok: false, text: 'It is away: consumers hear of new tasks up to 10 seconds later.' };
      },
    },
    {
      name: 'disk',
      // What is there can be read, and what runs may end: only uploads are refused.
      needed: false,
      async check() {
        const { freeBytes, reserveBytes } = await diskRoom(deps);
        const text = `${Math.floor(freeBytes / MIB)} MiB are free; uploads are taken while ${Math.ceil(reserveBytes / MIB)} MiB stay so.`;
        return { ok: freeBytes >= reserveBytes, text };
      },
    },
    {
      name: 'zip-checkers',
      needed: false,
      async check() {
        const { waiting, waitingMax } = zips.load();
        const text = `${waiting} of at most ${waitingMax} uploads wait for a check.`;
        return { ok: waiting < waitingMax, text };
      },
    },
  ];
}
