// Decrypts one userinfo answer over and over with jose, the library of the
// official SDK, in the SDK's own steps: the private key imported from PEM for each
// answer, the block key opened and imported, then field after field. With
// importOnce the private key is imported once, which jose allows and the SDK
// does not do. Several threads share the work where asked; the SDK has but one.
//
// Each line of standard input is a job {pem, body, threads, inFlight, seconds,
// importOnce}, answered by a line {"versions", "per_s", "cpu_s", "wall_s"}: the
// processor time is the process's, the other that of all threads together. At the
// end of input the process ends. The folder that holds node_modules is the first argument.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'

const peers = isMainThread ? process.argv[2] : workerData
// jose as the SDK resolves it, not whichever copy lies on top.
const fromSDK = createRequire(createRequire(join(peers, 'package.json')).resolve('@opengovsg/sgid-client'))
const { compactDecrypt, importJWK, importPKCS8 } = fromSDK('jose')
const { version } = fromSDK('jose/package.json')

async function open(job, kept) {
  const { key, data } = JSON.parse(job.body)
  const privateKey = kept ?? (await importPKCS8(job.pem, 'RSA-OAEP-256'))
  const decoder = new TextDecoder()
  const blockKey = await importJWK(JSON.parse(decoder.decode((await compactDecrypt(key, privateKey)).plaintext)))
  const plaintexts = {}
  for (const field in data) {
    plaintexts[field] = decoder.decode((await compactDecrypt(data[field], blockKey)).plaintext)
  }
  return plaintexts
}

// repeat keeps inFlight answers going for the given seconds and counts them.
async function repeat(job, seconds) {
  const kept = job.importOnce ? await importPKCS8(job.pem, 'RSA-OAEP-256') : undefined
  const start = performance.now()
  let done = 0
  const one = async () => {
    do {
      await open(job, kept)
      done++
    } while (performance.now() - start < 1000 * seconds)
  }
  await Promise.all(Array.from({ length: job.inFlight }, one))
  const wall = (performance.now() - start) / 1000
  return { rate: done / wall, wall }
}

const workers = []

async function run(job) {
  while (workers.length < job.threads) {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: peers })
    workers.push({
      ask: (message) =>
        new Promise((resolve, reject) => {
          worker.once('message', resolve)
          worker.once('error', reject)
          worker.postMessage(message)
        }),
    })
  }
  const used = workers.slice(0, job.threads)
  // All are warm before any is measured: what counts is compiled code.
  await Promise.all(used.map((w) => w.ask({ warmUp: job })))
  const before = process.cpuUsage()
  const results = await Promise.all(used.map((w) => w.ask({ measure: job })))
  const cpu = process.cpuUsage(before)
  return {
    per_s: results.reduce((sum, r) => sum + r.rate, 0),
    cpu_s: (cpu.user + cpu.system) / 1e6,
    wall_s: results.reduce((sum, r) => sum + r.wall, 0),
  }
}

if (isMainThread) {
  for await (const line of createInterface({ input: process.stdin })) {
    const job = JSON.parse(line)
    console.log(JSON.stringify({ versions: { jose: version, node: process.versions.node }, ...(await run(job)) }))
  }
  process.exit(0)
} else {
  let warm = false
  parentPort.on('message', async ({ warmUp, measure }) => {
    if (warmUp && !warm) await repeat(warmUp, Math.min(1, 2 * warmUp.seconds))
    warm = true
    parentPort.postMessage(measure ? await repeat(measure, measure.seconds) : 0)
  })
}
