// The calls to the server, and whether it can be reached.

// A Problem is an answer that says no: RFC 9457, with the shell's codes.
export class Problem extends Error {
  constructor(status, { code = '', detail, title } = {}) {
    super(detail || title || `the server answered ${status}`)
    this.status = status
    this.code = code
  }
}

// Lost: no answer came. What was asked for may have been done or not.
export class Lost extends Error {
  constructor() {
    super('the server cannot be reached')
  }
}

// The connection tells "change" when it breaks or is back, and "login" when the
// server wants to know who is there.
export const connection = Object.assign(new EventTarget(), {
  up: true,
  set(up) {
    if (up === this.up) return
    this.up = up
    this.dispatchEvent(new Event('change'))
    if (!up) setTimeout(look, 2000)
  },
})

// look finds out whether the server can be reached again.
async function look() {
  await call('GET', '/healthz').catch(() => {})
  if (!connection.up) setTimeout(look, 2000)
}

window.addEventListener('offline', look)

// Who is in front of the page, and what they may do. The id, '' where there are no
// tokens, is another one for each token.
export const me = { id: undefined, name: null, readOnly: false, lists: null }

export async function recognize() {
  const { body } = await call('GET', '/v1/whoami')
  Object.assign(me, { id: body.id ?? '', name: body.name, readOnly: body.read_only, lists: body.lists })
}

// own is a name in a store of the browser for what is this person's alone.
export const own = (name, id = me.id) => `${id || 'nobody'} ${name}`

// A browser takes the first two in an address for the folder and the one above,
// however they are written, and the server the third for the address's end.
export const unspeakable = list => ['.', '..', '/'].includes(list)

export function listPath(list) {
  if (unspeakable(list)) throw new Problem(422, { code: 'bad_name', detail: `a browser can't ask for a list named “${list}”; use the shell for it` })
  return `/v1/lists/${encodeURIComponent(list.toWellFormed())}`
}

export const entriesPath = (list, id) => `${listPath(list)}/entries${id === undefined ? '' : `/${id}`}`

// call answers the body and its ETag.
export async function call(method, path, { body, key, ifMatch } = {}) {
  const headers = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (key) headers['Idempotency-Key'] = key
  if (ifMatch) headers['If-Match'] = ifMatch
  if (me.id !== undefined && path !== '/v1/whoami') headers['Todoshell-As'] = me.id
  let response, text
  try {
    response = await fetch(path, {
      method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(60000),
    })
    text = await response.text()
  } catch {
    connection.set(false)
    throw new Lost()
  }
  connection.set(true)
  if (!response.ok) {
    const problem = new Problem(response.status, parsed(text))
    if (response.status === 401) connection.dispatchEvent(new Event('login'))
    if (problem.code === 'somebody_else') location.reload()
    throw problem
  }
  return { body: parsed(text), etag: response.headers.get('ETag') ?? undefined }
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

function urlOf(path, asked) {
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== undefined))
  return query.size ? `${path}?${query}` : path
}

// get adds what is asked for to the path.
export const get = (path, asked = {}) => call('GET', urlOf(path, asked))

// getNow answers the body while everything waits: a browser that is about to print
// gives a page no other chance.
export function getNow(path, asked = {}) {
  const request = new XMLHttpRequest()
  request.open('GET', urlOf(path, asked), false)
  request.setRequestHeader('Accept', 'application/json')
  request.setRequestHeader('Todoshell-As', me.id)
  request.send()
  if (request.status !== 200) throw new Problem(request.status, parsed(request.responseText))
  return parsed(request.responseText)
}
