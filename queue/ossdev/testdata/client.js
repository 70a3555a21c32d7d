// Alibaba Cloud's SDK for JavaScript (npm: ali-oss) at work on the development endpoint. Standard input has its options as JSON; each
// step prints one line: its name, and what came of it.
'use strict'
const OSS = require('ali-oss')
const options = JSON.parse(require('fs').readFileSync(0, 'utf8'))
// Every name leads to this machine.
const agent = new (require('http').Agent)({ lookup: (_, o, found) => o.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4) })
const client = new OSS({ ...options.client, agent })
const body = Buffer.from('content')
const large = Buffer.alloc(350 * 1024, 'x')

const steps = {
  put: async () => {
    const r = await client.put('ä b+%.txt', body, {
      mime: 'text/x-mine', meta: { take: 7 },
      headers: { 'x-oss-object-acl': 'private', 'x-oss-storage-class': 'IA', 'x-oss-tagging': 'a=1', 'x-oss-server-side-encryption': 'AES256' }
    })
    return r.res.headers['x-oss-server-side-encryption']
  },
  head: async () => {
    const r = await client.head('ä b+%.txt')
    return [r.meta.take, r.res.headers['content-type'], r.res.headers['x-oss-storage-class'], r.res.headers['x-oss-tagging-count']].join(' ')
  },
  get: async () => (await client.get('ä b+%.txt')).content.toString(),
  objectMeta: async () => (await client.getObjectMeta('ä b+%.txt')).res.headers['content-length'],
  getACL: async () => (await client.getACL('ä b+%.txt')).acl,
  putACL: async () => { await client.putACL('ä b+%.txt', 'public-read'); return (await client.getACL('ä b+%.txt')).acl },
  getTagging: async () => JSON.stringify((await client.getObjectTagging('ä b+%.txt')).tag),
  putTagging: async () => { await client.putObjectTagging('ä b+%.txt', { b: 'x y' }); return JSON.stringify((await client.getObjectTagging('ä b+%.txt')).tag) },
  deleteTagging: async () => { await client.deleteObjectTagging('ä b+%.txt'); return JSON.stringify((await client.getObjectTagging('ä b+%.txt')).tag) },
  copy: async () => { await client.copy('copy', 'ä b+%.txt'); return (await client.head('copy')).meta.take },
  append: async () => {
    const first = await client.append('log', Buffer.from('one,'))
    await client.append('log', Buffer.from('two'), { position: first.nextAppendPosition })
    return (await client.get('log')).content.toString()
  },
  appendWrong: async () => client.append('log', body, { position: '1' }),
  multipart: async () => {
    await client.multipartUpload('large', large, { partSize: 100 * 1024, parallel: 3, headers: { 'x-oss-object-acl': 'private', 'x-oss-storage-class': 'IA' } })
    return (await client.getACL('large')).acl + ' ' + (await client.get('large')).content.equals(large)
  },
  resumed: async () => {
    let checkpoint
    try {
      await client.multipartUpload('resumed', large, { partSize: 100 * 1024, parallel: 1, progress: (p, c) => { checkpoint = c; if (p > 0.3) throw new Error('enough') } })
    } catch (err) { if (err.message !== 'enough') throw err }
    await client.multipartUpload('resumed', large, { checkpoint })
    return (await client.get('resumed')).content.equals(large)
  },
  abort: async () => {
    const begun = await client.initMultipartUpload('never')
    await client.uploadPart('never', begun.uploadId, 1, large, 0, 102400)
    const before = (await client.listUploads({ 'max-uploads': 10 })).uploads.length
    await client.abortMultipartUpload('never', begun.uploadId)
    return before + ' ' + (await client.listUploads({ 'max-uploads': 10 })).uploads.length
  },
  list: async () => (await client.list({ prefix: 'l' })).objects.map(o => o.name).join(' '),
  listV2: async () => (await client.listV2({ prefix: 'l', 'max-keys': 1 })).isTruncated,
  stat: async () => (await client.getBucketStat(options.client.bucket)).stat.ObjectCount,
  versioning: async () => (await client.getBucketVersioning(options.client.bucket)).versionStatus,
  forbid: async () => client.put('log', body, { headers: { 'x-oss-forbid-overwrite': 'true' } }),
  slow: async () => client.put('slow', body, { headers: { 'x-oss-traffic-limit': '1000' } }),
  callback: async () => {
    const r = await client.put('told', body, { callback: { url: options.callback + '/ok', body: 'object=${object}&mine=${x:mine}', customValue: { mine: 'a' } } })
    return JSON.stringify(r.data)
  },
  callbackFailed: async () => client.put('told', body, { callback: { url: options.callback + '/gone', body: 'x=y' } }),
  url: async () => {
    const at = options.client.authorizationV4 ? await client.signatureUrlV4('GET', 60, undefined, 'log') : client.signatureUrl('log', { expires: 60 })
    return (await client.urllib.request(at, { agent })).data.toString()
  },
  none: async () => client.get('none'),
  deleteMulti: async () => (await client.deleteMulti(['copy', 'told', 'none'])).deleted.length,
  delete: async () => { await client.delete('log'); return !((await client.list({ prefix: 'log' })).objects || []).length }
}

;(async () => {
  for (const [name, step] of Object.entries(steps)) {
    let said
    try { said = await step() } catch (err) { said = `${err.status} ${err.code}` }
    console.log(`${name}: ${said}`)
  }
})()
