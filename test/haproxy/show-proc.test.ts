// `show proc` as HAProxy of several versions really answers it.
import { expect, test } from 'vitest'
import { parseShowProc } from '../../src/haproxy/show-proc.ts'

const V2_4 = `#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>      
17528           master          0               2               0d00h30m24s     2.4.22-f8e3218 
# workers
17646           worker          1               0               0d00h04m06s     2.4.22-f8e3218 
# old workers
17570           worker          [was: 1]        1               0d00h21m15s     2.4.22-f8e3218 
17531           worker          [was: 1]        2               0d00h30m24s     2.4.22-f8e3218 
# programs

`

const V2_5 = `#<PID>          <type>          <reloads>       <uptime>        <version>      
1162            master          0               0d00h02m07s     2.5.14         
# workers
1271            worker          0               0d00h02m07s     2.5.14         
# programs

`

const V2_6 = `#<PID>          <type>          <reloads>       <uptime>        <version>      
26294           master          1 [failed: 0]   0d00h01m57s     2.6.2-1~bpo10+1
# workers
26951           worker          0               0d00h00m02s     2.6.2-1~bpo10+1
# old workers
26296           worker          1               0d00h01m57s     2.6.2-1~bpo10+1
26290           worker          2               0d00h02m57s     2.6.2-1~bpo10+1
# programs

`

const V2_6_FAILED = `#<PID>          <type>          <reloads>       <uptime>        <version>      
23167           master          2 [failed: 1]   0d00h00m05s     2.6.12-1+deb12u4
# workers
23310           worker          1               0d00h00m03s     2.6.12-1+deb12u4
# programs


`

const V2_8_WITH_PROGRAMS = `#<PID>          <type>          <reloads>       <uptime>        <version>      
8               master          12 [failed: 3]  3d22h00m01s     2.8.5-1ubuntu3 
# workers
120             worker          0               0d00h00m02s     2.8.5-1ubuntu3 
# old workers
95              worker          4               3d21h59m57s     2.8.5-1ubuntu3 
# programs
121             dataplane-api   0               0d00h00m02s     -              
# old programs
96              dataplane-api   4               3d21h59m57s     -              

`

const NO_WORKER = `#<PID>          <type>          <reloads>       <uptime>        <version>      
8               master          1 [failed: 1]   0d00h00m01s     3.2.4-1        
# workers
`

const worker = (pid: number, reloads: number, uptimeSeconds: number) => ({ pid, reloads, uptimeSeconds })

test.each([
  [
    '2.4, with a column of relative PIDs',
    V2_4,
    {
      ...{ masterPid: 17_528, reloads: 2, failed: 0, uptimeSeconds: 1824, workers: [worker(17_646, 0, 246)] },
      oldWorkers: [worker(17_570, 1, 1275), worker(17_531, 2, 1824)],
    },
  ],
  [
    '2.5, without failures',
    V2_5,
    { masterPid: 1162, reloads: 0, failed: 0, uptimeSeconds: 127, workers: [worker(1271, 0, 127)], oldWorkers: [] },
  ],
  [
    '2.6 with old workers',
    V2_6,
    {
      ...{ masterPid: 26_294, reloads: 1, failed: 0, uptimeSeconds: 117, workers: [worker(26_951, 0, 2)] },
      oldWorkers: [worker(26_296, 1, 117), worker(26_290, 2, 177)],
    },
  ],
  [
    '2.6 after a failed reload',
    V2_6_FAILED,
    { masterPid: 23_167, reloads: 2, failed: 1, uptimeSeconds: 5, workers: [worker(23_310, 1, 3)], oldWorkers: [] },
  ],
  [
    '2.8 with programs',
    V2_8_WITH_PROGRAMS,
    {
      ...{ masterPid: 8, reloads: 12, failed: 3, uptimeSeconds: 338_401, workers: [worker(120, 0, 2)] },
      oldWorkers: [worker(95, 4, 338_397)],
    },
  ],
  [
    'no worker at all',
    NO_WORKER,
    { masterPid: 8, reloads: 1, failed: 1, uptimeSeconds: 1, workers: [], oldWorkers: [] },
  ],
])('%s', (_version, answer, processes) => {
  expect(parseShowProc(answer)).toEqual(processes)
})

test.each([
  '',
  '\n',
  "Unknown command: 'show proc', but maybe one of the following ones is a better match:\n  help\n",
  '# workers\n1 worker 0 0d00h00m00s 2.6\n',
  'Permission denied\n',
])('%j is no answer of a master', (answer) => {
  expect(parseShowProc(answer)).toBeNull()
})
