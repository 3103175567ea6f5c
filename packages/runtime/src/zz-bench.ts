import { createDockerRuntime, createProcessRuntime } from '@inference/runtime';
import { systemClock, MODEL_LIMITS } from '@inference/domain';
import { mkdirSync, writeFileSync,chmodSync } from 'node:fs';
import { spawn } from 'node:child_process';
const base = '/tmp/rt/bench';
for (const d of ['in','out','models/m']) mkdirSync(`${base}/${d}`, {recursive:true});
chmodSync(base+'/out', 0o777);
writeFileSync(`${base}/in/run.sh`, `cat /input/run.sh > /output/y; echo done`);
writeFileSync(`${base}/models/m/model.json`, JSON.stringify({humanReadableId:'m', process:{command:['sh','/input/run.sh']}}));
const r = createDockerRuntime({ docker:{socketPath:'/var/run/docker.sock'}, installationId:'try', clock: systemClock, stopGraceMs: 1000});
let n=0;
const order = (source: any) => ({ taskUid:'t'+n++, attempt:1, pinnedImage:null, gpuUuids:[], folders:{input:base+'/in', output:base+'/out', model:null}, model:{uid:'u', humanReadableId:'m', source, useGpu:false, zip:null, loosened:[], limits:MODEL_LIMITS}});
const o = {onProgress(){}, onOutput(){}};
const s = new AbortController().signal
const exec = (file: string, args: string[]) => new Promise<number>(res => { const t = performance.now(); const c = spawn(file,args,{stdio:'pipe'}); c.on('close', (code) => { if (code) throw new Error('code '+code); res(performance.now()-t) }) });
const median = (a: number[]) => a.sort((x,y)=>x-y)[Math.floor(a.length/2)]!.toFixed(1);
const ours: number[] = [], prep: number[] = [], rel: number[] = [], cli: number[] = [];
for (let i=0;i<17;i++) {
  const od = order({kind:'image',image:'rt-spike:1'});
  let t = performance.now(); const p: any = await r.prepare(od,o,s); const tp = performance.now()-t;
  t = performance.now(); const e = await r.run(od, p.image, o, s); const tr = performance.now()-t; if (e.kind!=='done') throw new Error(JSON.stringify(e));
  t = performance.now(); await r.release(od); const tl = performance.now()-t;
  const tc = await exec('docker', ['run','--rm','--network','none','-v',base+'/in:/input:ro','-v',base+'/out:/output','rt-spike:1']);
  if (i>=2) { prep.push(tp); ours.push(tr); rel.push(tl); cli.push(tc); }
}
console.log('docker: prepare', median(prep), 'run', median(ours), 'release', median(rel), '| docker run --rm --network none', median(cli));
for (const isolation of ['bubblewrap','unshare'] as const) {
const pr = await createProcessRuntime({modelsFolder: base+'/models', clock: systemClock, stopGraceMs: 1000, isolation});
const a: number[]=[], b: number[]=[];
for (let i=0;i<17;i++) { const od = order({kind:'folder',folder:'m'}); let t = performance.now(); const e = await pr.run(od,null,o,s); if (e.kind!=='done') throw new Error(JSON.stringify(e)); const x = performance.now()-t;
 const y = await exec('sh',['-c','cat /tmp/rt/bench/in/run.sh > /tmp/rt/bench/out/z; echo done']); if (i>=2) {a.push(x); b.push(y);} }
console.log(isolation, 'run', median(a), 'bare', median(b));
}
