// `show stat` as the worker really answers it, shortened to fewer columns.
import { expect, test } from 'vitest'
import { parseLimits, parseStatTable } from '../../src/haproxy/stat-table.ts'

const ANSWER = `# pxname,svname,qcur,scur,status,weight,check_status,check_code,check_duration,last_chk,addr,
be_web.main,web-1:80,0,0,DOWN,10,L4CON,,0,Connection refused,127.0.0.1:9,
be_web.main,fd00::1:80,0,0,MAINT,0,,,,,[fd00::1]:80,
be_web.main,drained,1,2,DRAIN,20,L7STS,503,3,Service Unavailable,127.0.0.1:18999,

`

test('one row a server, by column name; empty columns are empty texts', () => {
  const rows = parseStatTable(ANSWER)
  expect(rows.map((row) => row['svname'])).toEqual(['web-1:80', 'fd00::1:80', 'drained'])
  expect(rows[0]).toMatchObject({
    pxname: 'be_web.main',
    status: 'DOWN',
    check_status: 'L4CON',
    check_code: '',
    last_chk: 'Connection refused',
    addr: '127.0.0.1:9',
  })
  expect(rows[1]).toMatchObject({ status: 'MAINT', weight: '0', check_status: '', addr: '[fd00::1]:80' })
})

test.each([
  ['x,"a,b",c', { one: 'x', two: 'a,b', three: 'c' }],
  ['x,"say ""hi"", bye",c', { one: 'x', two: 'say "hi", bye', three: 'c' }],
  ['"",,""', { one: '', two: '', three: '' }],
  ['"a",b,"c"', { one: 'a', two: 'b', three: 'c' }],
  ['x,y', { one: 'x', two: 'y', three: '' }],
  ['x,y,z,more', { one: 'x', two: 'y', three: 'z' }],
])('%s', (line, row) => {
  expect(parseStatTable(`# one,two,three\n${line}\n`)).toEqual([row])
})

test('an answer without rows has none', () => {
  expect(parseStatTable('')).toEqual([])
  expect(parseStatTable('# pxname,svname\n\n')).toEqual([])
})

test('limits are those of each server, from answers to several questions', () => {
  const head = '# pxname,svname,qcur,qmax,scur,smax,slim,stot,'
  const answer = [
    head,
    'be_a,1:80,0,0,0,0,50,7,',
    'be_a,2:80,0,0,0,0,,7,',
    '',
    head,
    'be_b,1:80,0,0,0,0,0,7,',
    '',
  ].join('\n')
  expect([...parseLimits(answer)]).toEqual([
    ['be_a/1:80', 50],
    ['be_a/2:80', null],
    ['be_b/1:80', null],
  ])
})
