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

// A browser takes these names in an address for the folder and the one above,
// however they are written.
const foldersOnly = new Set(['.', '..'])

export function checkName(name) {
  if (foldersOnly.has(name)) {
    throw new Problem(422, { code: 'bad_name', detail: `a browser can't ask for a list named “${name}”; use the shell for it` })
  }
}

export const listPath = list => `/v1/lists/${encodeURIComponent(list.toWellFormed())}`
export const entriesPath = (list, id) => `${listPath(list)}/entries${id === undefined ? '' : `/${id}`}`

// call answers the body and its ETag.
export async function call(method, path, { body, key, ifMatch } = {}) {
  const headers = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (key) headers['Idempotency-Key'] = key
  if (ifMatch) headers['If-Match'] = ifMatch
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

// get adds what is asked for to the path.
export function get(path, asked = {}) {
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== undefined))
  return call('GET', query.size ? `${path}?${query}` : path)
}
