// A relying party on the official SDK, wired in the way of its Express example:
// the session's cookie has no attribute but HttpOnly, state is data of the
// application, the callback reads code and state alone, and the protected page
// asks for the user's data. It reads the settings that `sgidcheck rp` gives to
// an application that it starts:
//
//   SGID_HOSTNAME=http://127.0.0.1:8189 SGID_CLIENT_ID=… SGID_CLIENT_SECRET=… \
//   SGID_PRIVATE_KEY=… SGID_REDIRECT_URI=http://localhost:8085/callback node rp_sdk.mjs
//
// A refusal is answered 500. With UNCAUGHT=1 it ends the process, as it does in
// the example, whose async handlers have no catch.
import { randomUUID } from 'node:crypto'
import express from 'express'
import cookieParser from 'cookie-parser'
import sdk from '@opengovsg/sgid-client'

const { SgidClient, generatePkcePair } = sdk
const redirectUri = new URL(process.env.SGID_REDIRECT_URI ?? 'http://localhost:8085/callback')

const sgid = new SgidClient({
  clientId: process.env.SGID_CLIENT_ID,
  clientSecret: process.env.SGID_CLIENT_SECRET,
  privateKey: process.env.SGID_PRIVATE_KEY,
  redirectUri: redirectUri.href,
  hostname: process.env.SGID_HOSTNAME, // undefined: https://api.id.gov.sg
})
const scope = process.env.SGID_SCOPES ?? 'openid myinfo.name'

const COOKIE = 'exampleAppSession'
const COOKIE_OPTIONS = { httpOnly: true }
const sessions = {}

const caught = (handler) =>
  process.env.UNCAUGHT
    ? handler
    : (req, res) => handler(req, res).catch((error) => { console.error(error.message); res.sendStatus(500) })

const app = express()
app.use(cookieParser())

// begin opens a session and gives the URL of the login page.
function begin(req, res) {
  const id = randomUUID()
  const state = new URLSearchParams({ icecream: String(req.query.icecream) })
  const { codeChallenge, codeVerifier } = generatePkcePair()
  const { url, nonce } = sgid.authorizationUrl({ state: state.toString(), codeChallenge, scope })
  sessions[id] = { state, nonce, codeVerifier }
  res.cookie(COOKIE, id, COOKIE_OPTIONS)
  return url
}

app.get('/login', (req, res) => res.redirect(begin(req, res)))
app.get('/api/auth-url', (req, res) => res.json({ url: begin(req, res) })) // for a front end

app.get(redirectUri.pathname, caught(async (req, res) => {
  const code = String(req.query.code)
  const state = String(req.query.state)
  const id = String(req.cookies[COOKIE])
  const session = { ...sessions[id] }
  if (session.state?.toString() !== state) return res.redirect('/error')
  if (session.codeVerifier === undefined) return res.redirect('/error')
  const { codeVerifier, nonce } = session
  const { accessToken, sub } = await sgid.callback({ code, nonce, codeVerifier })
  sessions[id] = { ...session, accessToken, sub }
  res.redirect('/me')
}))

app.get('/me', caught(async (req, res) => {
  const session = sessions[String(req.cookies[COOKIE])]
  if (session?.accessToken === undefined || session.sub === undefined) return res.sendStatus(401)
  const userinfo = await sgid.userinfo({ accessToken: session.accessToken, sub: session.sub })
  userinfo.data.iceCream = session.state.get('icecream') ?? 'None'
  res.json(userinfo)
}))

app.get('/logout', (req, res) => {
  delete sessions[String(req.cookies[COOKIE])]
  res.clearCookie(COOKIE, COOKIE_OPTIONS).sendStatus(200)
})

app.get('/error', (req, res) => res.status(400).send('The login failed.'))

app.listen(redirectUri.port, '127.0.0.1', () => console.log(redirectUri.origin))
