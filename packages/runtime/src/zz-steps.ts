import Docker from 'dockerode';
import { containerSettings } from './docker/container-settings.ts';
import { MODEL_LIMITS } from '@inference/domain';
const base = '/tmp/rt/bench';
const d = new Docker({socketPath:'/var/run/docker.sock'});
const median = (a: number[]) => a.sort((x,y)=>x-y)[Math.floor(a.length/2)]!.toFixed(1);
const order: any = { taskUid:'steps', attempt:1, gpuUuids:[], folders:{input:base+'/in', output:base+'/out', model:null}, model:{loosened:[], limits:MODEL_LIMITS}};
const variants: Record<string, (s: any) => void> = {
  full: () => {},
  binds: (s) => { s.HostConfig.Mounts = undefined; s.HostConfig.Binds = [base+'/in:/input:ro', base+'/out:/output']; },
  noinit: (s) => { s.HostConfig.Init = false; },
  notmpfs: (s) => { s.HostConfig.Tmpfs = undefined; },
  noshm: (s) => { s.HostConfig.IpcMode = 'none'; },
  nolog: (s) => { s.HostConfig.LogConfig = {Type:'none'}; },
  nomem: (s) => { s.HostConfig.Memory = 0; s.HostConfig.MemorySwap = 0; s.HostConfig.PidsLimit=undefined; },
  bare: (s) => { s.HostConfig = { NetworkMode:'none', Binds: [base+'/in:/input:ro', base+'/out:/output'] }; },
};
const res: Record<string, Record<string, number[]>> = {};
for (let i=0;i<13;i++) for (const [name, mod] of Object.entries(variants)) {
  const s: any = containerSettings(order, 'rt-spike:1', {installationId:'b', user:{uid:59071,gid:59071}, setOpenFiles:false}); mod(s);
  const r = (res[name] ??= {create:[],attach:[],start:[],wait:[],drain:[],inspect:[],total:[]});
  const t0 = performance.now(); const c = await d.createContainer(s); const t1 = performance.now();
  const st = await c.attach({stream:true,stdout:true,stderr:true}); st.resume(); let tEnd = 0; const ended = new Promise<void>(res=>st.on('end',()=>{tEnd=performance.now(); res()})); const t2 = performance.now();
  await c.start(); const t3 = performance.now(); await c.wait(); const t4 = performance.now(); await ended; const t5 = performance.now(); await c.inspect(); const t6=performance.now();
  if (i>=2) { r.create!.push(t1-t0); r.attach!.push(t2-t1); r.start!.push(t3-t2); r.wait!.push(t4-t3); r.drain!.push(tEnd-t3); r.inspect!.push(t6-t5); r.total!.push(t6-t0); }
  await c.remove({force:true, v:true}); for (const n of ['input','output']) await d.getVolume(`inference-b-steps-1-${n}`).remove().catch(()=>{});
}
for (const [n, r] of Object.entries(res)) console.log(n.padEnd(8), Object.entries(r).map(([k,v])=>`${k} ${median(v)}`).join('  '));
