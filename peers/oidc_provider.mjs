// Serves oidc-provider, a certified OpenID provider, as sgID v2 is documented:
// an independent judge of the checks. What OAuth and OpenID Connect say is left
// to the library; added are the login page, the accounts and the encryption of
// userinfo, none of which a standard lays down.
//
// Arguments: a file with the registered clients, in the form that
// `sgidcheck provider --client-file` writes (private keys are not needed), and
// the port (or the environment variable PORT; 0, the default, takes any free
// one). Prints the issuer when it listens, on 127.0.0.1 alone.
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { CompactEncrypt, importSPKI } from 'jose'
import { errors, Provider } from 'oidc-provider'
import { accounts } from './oidc_provider_accounts.mjs'

const [clientFile, port = process.env.PORT ?? '0'] = process.argv.slice(2)
const registered = JSON.parse(readFileSync(clientFile, 'utf8'))
const scopes = [...new Set(registered.flatMap((c) => c.scopes))]
const salt = randomBytes(32)
const mount = '/v2'

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }
}

// Store keeps what the library gives it for as long as the process lives: its
// own store in memory forgets the oldest of a thousand entries, and a run makes more.
class Store {
  #entries = new Map()
  async upsert(id, payload) { this.#entries.set(id, payload) }
  async find(id) { return this.#entries.get(id) }
  async findByUid(uid) { return [...this.#entries.values()].find((e) => e.uid === uid) }
  async consume(id) { this.#entries.get(id).consumed = Math.floor(Date.now() / 1000) }
  async destroy(id) { this.#entries.delete(id) }
  async revokeByGrantId(grant) {
    for (const [id, e] of this.#entries) if (e.grantId === grant) this.#entries.delete(id)
  }
}

const configuration = {
  adapter: Store,
  clients: registered.map((c) => ({
    client_id: c.client_id, client_secret: c.client_secret, redirect_uris: c.redirect_uris,
    scope: c.scopes.join(' '), public_key: c.public_key, subject_type: 'pairwise',
    grant_types: ['authorization_code'], response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
  })),
  extraClientMetadata: { properties: ['public_key'] },
  routes: { authorization: '/oauth/authorize', token: '/oauth/token', userinfo: '/oauth/userinfo', jwks: '/.well-known/jwks.json' },
  scopes,
  // One claim for each scope, of the same name: userinfo then holds what was granted.
  claims: Object.fromEntries(scopes.map((s) => [s, s === 'openid' ? ['sub'] : [s]])),
  responseTypes: ['code'],
  clientAuthMethods: ['client_secret_post'],
  subjectTypes: ['pairwise'],
  // sgID tells clients apart, not the hosts of their redirect URIs: here both are 127.0.0.1.
  pairwiseIdentifier: (ctx, accountId, client) => createHmac('sha256', salt).update(`${client.clientId}\0${accountId}`).digest('hex'),
  pkce: { required: () => true },
  enabledJWA: { idTokenSigningAlgValues: ['RS256'] },
  jwks: { keys: [signingKey()] },
  allowOmittingSingleRegisteredRedirectUri: false,
  // Without the openid scope the library serves plain OAuth; sgID knows logins only.
  extraParams: {
    scope(ctx, value) {
      if (!value?.split(' ').includes('openid')) throw new errors.InvalidScope('openid is missing')
    },
  },
  features: {
    devInteractions: { enabled: false }, dPoP: { enabled: false }, rpInitiatedLogout: { enabled: false },
    pushedAuthorizationRequests: { enabled: false }, resourceIndicators: { enabled: false },
  },
  // POST at the authorization endpoint; the library wants SameSite=None with it.
  enableHttpPostMethods: true,
  cookies: { keys: [randomBytes(32).toString('hex')], long: { httpOnly: true, sameSite: 'none' } },
  interactions: { url: (ctx, interaction) => `${mount}/interaction/${interaction.uid}` },
  findAccount(ctx, id) {
    const data = accounts[id]
    return data && { accountId: id, claims: () => ({ sub: id, ...Object.fromEntries(scopes.map((s) => [s, data[s] ?? 'NA'])) }) }
  },
  // Logging in is consent.
  async loadExistingGrant(ctx) {
    const { client, session, params, provider } = ctx.oidc
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
    grant.addOIDCScope(params.scope)
    await grant.save()
    return grant
  },
}

// encrypted is userinfo as sgID answers it: each claim under a block key made
// for this answer, the block key under the client's public key.
async function encrypted({ sub, ...claims }, publicKey) {
  if (Object.keys(claims).length === 0) return { sub }
  const k = randomBytes(32)
  const seal = (text, header, key) => new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(header).encrypt(key)
  const data = {}
  for (const [scope, text] of Object.entries(claims)) data[scope] = await seal(text, { alg: 'A256GCMKW', enc: 'A256GCM' }, k)
  const blockKey = JSON.stringify({ kty: 'oct', alg: 'A256GCMKW', k: k.toString('base64url') })
  const key = await seal(blockKey, { alg: 'RSA-OAEP-256', enc: 'A256GCM' }, await importSPKI(publicKey, 'RSA-OAEP-256'))
  return { sub, key, data }
}

const page = (uid) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Log in</title></head><body><main><h1>Log in</h1>
<form method="post" action="${mount}/interaction/${uid}"><fieldset><legend>Who are you?</legend>
${Object.keys(accounts).map((id, i) => `<label><input type="radio" name="account" value="${id}"${i ? '' : ' checked'}> ${accounts[id]['myinfo.name']}</label>`).join('<br>\n')}
</fieldset><button name="decision" value="login">Log in</button> <button name="decision" value="cancel">Cancel</button></form>
</main></body></html>`

// guarded are the headers of every page of the login.
const guarded = {
  'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
}

async function interact(req, res) {
  const { uid } = await provider.interactionDetails(req, res)
  if (req.method === 'GET') {
    res.writeHead(200, { ...guarded, 'Content-Type': 'text/html; charset=utf-8' }).end(page(uid))
    return
  }
  let body = ''
  for await (const chunk of req) {
    body += chunk
    if (body.length > 4096) throw new errors.InvalidRequest('the form is too long')
  }
  const form = new URLSearchParams(body)
  const accountId = form.get('account')
  let result = { error: 'access_denied', error_description: 'the person gave up' }
  if (form.get('decision') === 'login') {
    if (!Object.hasOwn(accounts, accountId)) throw new errors.InvalidRequest('nobody of that name')
    result = { login: { accountId }, consent: {} }
  }
  await provider.interactionFinished(req, res, result)
}

let provider, serve
const server = createServer(async (req, res) => {
  if (!req.url.startsWith(`${mount}/`)) return res.writeHead(404).end()
  if (!req.url.startsWith(`${mount}/interaction/`)) {
    // Mounted as the library describes it: it reads the mount path off originalUrl.
    req.originalUrl = req.url
    req.url = req.url.slice(mount.length)
    return serve(req, res)
  }
  try {
    await interact(req, res)
  } catch (err) {
    res.writeHead(err.statusCode ?? 500, { ...guarded, 'Content-Type': 'text/plain' }).end('This login cannot go on: start again at the service.')
  }
})

server.listen(Number(port), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}${mount}`
  provider = new Provider(issuer, configuration)
  provider.on('server_error', (ctx, err) => console.error(err))
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.oidc?.route === 'userinfo' && ctx.status === 200) ctx.body = await encrypted(ctx.body, ctx.oidc.client.public_key)
  })
  serve = provider.callback()
  console.log(issuer)
})
