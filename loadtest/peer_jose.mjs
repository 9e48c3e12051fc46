// Decrypts one userinfo answer over and over with jose, the library of the
// official SDK, in the SDK's own steps: the private key imported from PEM for each
// answer, the block key opened and imported, then field after field. With
// importOnce the private key is imported once, which jose allows and the SDK
// does not do. Worker threads share the work.
//
// Each line of standard input is a job {pem, body, threads, seconds, importOnce},
// answered by a line {"jose", "per_s"}; at the end of input the process ends.
// The folder that holds node_modules is the first argument.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'

const peers = isMainThread ? process.argv[2] : workerData.peers
// jose as the SDK resolves it, not whichever copy lies on top.
const fromSDK = createRequire(createRequire(join(peers, 'package.json')).resolve('@opengovsg/sgid-client'))
const { compactDecrypt, importJWK, importPKCS8 } = fromSDK('jose')
const { version } = fromSDK('jose/package.json')

async function answer({ pem, body, importOnce }, kept) {
  const { key, data } = JSON.parse(body)
  if (!kept.key || !importOnce) kept.key = await importPKCS8(pem, 'RSA-OAEP-256')
  const decoder = new TextDecoder()
  const blockKey = await importJWK(JSON.parse(decoder.decode((await compactDecrypt(key, kept.key)).plaintext)))
  const plaintexts = {}
  for (const field in data) {
    plaintexts[field] = decoder.decode((await compactDecrypt(data[field], blockKey)).plaintext)
  }
  return plaintexts
}

async function work() {
  const { job } = workerData
  const kept = {}
  // Warm up, so that what is measured is compiled code.
  for (const until = performance.now() + Math.min(1000, 500 * job.seconds); performance.now() < until;) await answer(job, kept)
  parentPort.postMessage({ ready: true })
  await new Promise((resolve) => parentPort.once('message', resolve))
  const start = performance.now()
  const end = start + (1000 * job.seconds)
  let done = 0
  while (performance.now() < end) {
    await answer(job, kept)
    done++
  }
  parentPort.postMessage({ per_s: (1000 * done) / (performance.now() - start) })
  parentPort.close()
}

async function run(job, threads) {
  const workers = Array.from({ length: threads }, () =>
    new Worker(fileURLToPath(import.meta.url), { workerData: { job, peers } }))
  const next = (w) => new Promise((resolve, reject) => { w.once('message', resolve); w.once('error', reject) })
  await Promise.all(workers.map(next))
  const results = workers.map(next)
  workers.forEach((w) => w.postMessage('go'))
  return (await Promise.all(results)).reduce((sum, r) => sum + r.per_s, 0)
}

if (isMainThread) {
  for await (const line of createInterface({ input: process.stdin })) {
    const job = JSON.parse(line)
    console.log(JSON.stringify({ jose: version, per_s: await run(job, job.threads) }))
  }
} else {
  await work()
}
