// A relying party on openid-client 6 and jose 6 that makes every check: what is
// reported of it is a false alarm. It reads the settings that `sgidcheck rp`
// gives to an application that it starts:
//
//   SGID_HOSTNAME=http://127.0.0.1:8189 SGID_CLIENT_ID=… SGID_CLIENT_SECRET=… \
//   SGID_PRIVATE_KEY=… SGID_REDIRECT_URI=http://localhost:8085/callback node rp_openid_client.mjs
import { createPrivateKey, randomBytes, timingSafeEqual } from 'node:crypto'
import cookieParser from 'cookie-parser'
import express from 'express'
import { compactDecrypt, decodeProtectedHeader, importJWK } from 'jose'
import * as oidc from 'openid-client'

const redirectUri = new URL(process.env.SGID_REDIRECT_URI ?? 'http://localhost:8085/callback')
const origin = new URL(process.env.SGID_HOSTNAME ?? 'https://api.id.gov.sg').origin
const scope = process.env.SGID_SCOPES ?? 'openid myinfo.name'
const privateKey = createPrivateKey(process.env.SGID_PRIVATE_KEY.replaceAll('\\n', '\n'))
const issuer = `${origin}/v2`

const config = new oidc.Configuration(
  {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    userinfo_endpoint: `${issuer}/oauth/userinfo`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
  },
  process.env.SGID_CLIENT_ID,
  { id_token_signed_response_alg: 'RS256' },
  oidc.ClientSecretPost(process.env.SGID_CLIENT_SECRET),
)
config.timeout = 5 // seconds
oidc.enableNonRepudiationChecks(config) // else the signature of the ID token is not verified
if (origin.startsWith('http://')) oidc.allowInsecureRequests(config)

// The answers are bounded, and the token answer, which sgID documents without
// token_type, is given the one that the library demands.
const MAX_ANSWER = 2 ** 20
config[oidc.customFetch] = async (url, options) => {
  const answer = await fetch(url, { ...options, redirect: 'manual' })
  const parts = []
  let size = 0
  for await (const part of answer.body ?? []) {
    size += part.length
    if (size > MAX_ANSWER) throw new Error('the answer is too large')
    parts.push(part)
  }
  let body = Buffer.concat(parts)
  if (answer.status === 200 && url === config.serverMetadata().token_endpoint) {
    const token = JSON.parse(body)
    body = JSON.stringify({ token_type: 'Bearer', ...token })
  }
  return new Response([204, 205, 304].includes(answer.status) ? null : body, { status: answer.status, headers: answer.headers })
}

// decrypt opens the block key, then each field with it.
async function decrypt({ key, data }) {
  if (data === undefined || Object.keys(data).length === 0) return {}
  const contentEncryptionAlgorithms = ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512']
  const { plaintext } = await compactDecrypt(key, privateKey, {
    keyManagementAlgorithms: ['RSA-OAEP', 'RSA-OAEP-256'], contentEncryptionAlgorithms,
  })
  const blockKey = JSON.parse(Buffer.from(plaintext).toString())
  const fields = {}
  for (const [name, field] of Object.entries(data)) {
    const { alg } = decodeProtectedHeader(field)
    const opened = await compactDecrypt(field, await importJWK(blockKey, alg), {
      keyManagementAlgorithms: ['dir', 'A128GCMKW', 'A256GCMKW'], contentEncryptionAlgorithms,
    })
    fields[name] = Buffer.from(opened.plaintext).toString()
  }
  return fields
}

// Sessions: before a login each holds the logins under way, by state; after it,
// in a session with a new identifier, the person.
const COOKIE = 'session'
const COOKIE_OPTIONS = { httpOnly: true, sameSite: 'lax', secure: redirectUri.protocol === 'https:', path: '/' }
const LOGINS = 5 // that one browser may have under way
const SESSIONS = 10000
const sessions = new Map()

const sessionOf = (req) => sessions.get(String(req.cookies[COOKIE]))

function open(res, session) {
  const id = randomBytes(32).toString('base64url')
  if (sessions.size >= SESSIONS) sessions.delete(sessions.keys().next().value)
  sessions.set(id, session)
  res.cookie(COOKIE, id, COOKIE_OPTIONS)
}

function same(a, b) {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}

const escape = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

function page(res, status, body) {
  res.status(status).set('Cache-Control', 'no-store').type('html')
    .send(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Example agency</title><main>${body}</main></html>`)
}

class Refused extends Error {}

const app = express()
app.disable('x-powered-by')
app.use(cookieParser())

app.get('/login', async (req, res) => {
  let session = sessionOf(req)
  if (!session) open(res, (session = { logins: [] }))
  const login = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() }
  session.logins = [...session.logins, login].slice(-LOGINS)
  res.set('Cache-Control', 'no-store').redirect(oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri.href, scope, state: login.state, nonce: login.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(login.verifier), code_challenge_method: 'S256',
  }).href)
})

async function callback(req, res) {
  const params = new URL(req.originalUrl, redirectUri.origin).searchParams
  for (const name of ['code', 'state', 'error', 'iss']) {
    if (params.getAll(name).length > 1) throw new Refused('The answer repeats a parameter.')
  }
  const session = sessionOf(req)
  const login = session?.logins.find((l) => same(l.state, params.get('state') ?? ''))
  if (!login) throw new Refused('This login is not under way here.')
  session.logins = session.logins.filter((l) => l !== login)
  if (params.has('error') || !params.get('code')) throw new Refused('The login was not completed.')
  const current = new URL(redirectUri.href)
  current.search = params.toString()
  const tokens = await oidc.authorizationCodeGrant(config, current, {
    pkceCodeVerifier: login.verifier, expectedState: login.state, expectedNonce: login.nonce, idTokenExpected: true,
  })
  const { sub, azp } = tokens.claims()
  if (sub === '') throw new Refused('The person has no identifier.')
  if (azp !== undefined && azp !== process.env.SGID_CLIENT_ID) throw new Refused('The ID token was issued to another client.')
  const data = await decrypt(await oidc.fetchUserInfo(config, tokens.access_token, sub))
  sessions.delete(req.cookies[COOKIE])
  open(res, { logins: session.logins, person: { sub, data } })
  res.redirect(303, '/me')
}

app.get(redirectUri.pathname, (req, res) =>
  callback(req, res).catch((error) => {
    console.error(`login refused: ${error.code ?? error.message}`)
    page(res, 400, `<p>${error instanceof Refused ? error.message : 'The login failed.'} <a href="/login">Log in again</a></p>`)
  }),
)

app.get('/me', (req, res) => {
  const person = sessionOf(req)?.person
  if (!person) return page(res, 401, '<p>You are not logged in. <a href="/login">Log in</a></p>')
  const rows = Object.entries({ sub: person.sub, ...person.data })
  page(res, 200, `<h1>Logged in</h1><dl>${rows.map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join('')}</dl>`)
})

app.get('/logout', (req, res) => {
  sessions.delete(req.cookies[COOKIE])
  res.clearCookie(COOKIE, COOKIE_OPTIONS)
  page(res, 200, '<p>You are logged out. <a href="/login">Log in</a></p>')
})

app.use((error, req, res, next) => page(res, 400, '<p>This does not work.</p>'))

app.listen(redirectUri.port, '127.0.0.1', () => console.log(redirectUri.origin))
