// Logs every persona in through the official SDK and prints what it read, one
// JSON object a line. Arguments: the credentials file of `sgidcheck provider`
// and the provider's issuer. With WRONG_KEY set, the second client's private
// key is used with the first client's ID.
import { readFileSync } from 'node:fs'
import sdk from '@opengovsg/sgid-client'

const { SgidClient, generatePkcePair } = sdk
const [credentialsFile, issuer] = process.argv.slice(2)
const [first, second] = JSON.parse(readFileSync(credentialsFile, 'utf8'))

const client = new SgidClient({
  clientId: first.client_id,
  clientSecret: first.client_secret,
  privateKey: process.env.WRONG_KEY ? second.private_key : first.private_key,
  redirectUri: first.redirect_uris[0],
  hostname: new URL(issuer).origin,
})

const unescape = (html) =>
  html.replace(/&#(\d+);/g, (_, n) => String.fromCharCode(n)).replace(/&#34;|&quot;/g, '"').replace(/&amp;/g, '&')

// attributes of the tags of one name, as objects
function tags(html, name) {
  return [...html.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'g'))].map(([, inside]) =>
    Object.fromEntries(
      [...inside.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)].map(([, key, value]) => [key, unescape(value ?? '')]),
    ),
  )
}

// logIn walks through the login page by hand, as a browser without script would.
async function logIn(url, choose) {
  const page = await fetch(url, { redirect: 'manual' })
  if (page.status !== 200) throw new Error(`the login page answers ${page.status}`)
  const html = await page.text()
  const cookies = page.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ')
  const inputs = tags(html, 'input')
  const personas = inputs.filter((i) => i.type === 'radio').map((i) => i.value)
  const form = new URLSearchParams()
  for (const i of inputs) if (i.type === 'hidden') form.set(i.name, i.value)
  form.set('persona', personas[choose])
  form.set('decision', 'login')
  const action = tags(html, 'form')[0].action
  const back = await fetch(new URL(action, page.url), {
    method: 'POST', body: form, redirect: 'manual', headers: { cookie: cookies, origin: new URL(page.url).origin },
  })
  return { personas, callback: new URL(back.headers.get('location')) }
}

let count = 1
for (let i = 0; i < count; i++) {
  const { codeChallenge, codeVerifier } = generatePkcePair()
  const state = `state-${i}`
  const { url, nonce } = client.authorizationUrl({ state, scope: first.scopes, codeChallenge })
  const { personas, callback } = await logIn(url, i)
  count = personas.length
  if (callback.searchParams.get('state') !== state) throw new Error('the state did not come back')
  const { sub, accessToken } = await client.callback({ code: callback.searchParams.get('code'), nonce, codeVerifier })
  const { data } = await client.userinfo({ sub, accessToken })
  console.log(JSON.stringify({ persona: personas[i], sub, data }))
}
