// The changes a person has made and the server has not answered yet. They are
// sent one after the other, in order. Each has an Idempotency-Key and stays in
// localStorage until it is answered: a change whose answer was lost is sent
// again under its key and happens once.
import { Lost, Problem, call, connection, entriesPath, listPath } from './api.js'
import { recall, remember } from './dom.js'

const prefix = 'change '
const longest = 30000

// An item is {key, at, kind, list, id?, title?, date?, base?}; with a problem it
// has been refused and waits for the person. Base is the entry that was edited.
const items = new Map()

// The outbox tells "change" for whatever happens to an item, and "sent" with
// the item and its answer.
export const outbox = new EventTarget()

let unkept = false
let sending = false
let timer
let wait = 1000

export const all = () => [...items.values()].sort((a, b) => a.at - b.at)
export const waiting = list => all().filter(item => !item.problem && (list === undefined || item.list === list))
export const refused = list => all().filter(item => item.problem && (list === undefined || item.list === list))

// cannotKeep tells whether a reload would lose what waits.
export const cannotKeep = () => unkept && items.size > 0

function put(item) {
  items.set(item.key, item)
  unkept = !remember('localStorage', prefix + item.key, item)
  outbox.dispatchEvent(new Event('change'))
}

export function remove(key) {
  items.delete(key)
  remember('localStorage', prefix + key)
  outbox.dispatchEvent(new Event('change'))
}

// newKey is what crypto.randomUUID would do, which browsers have only where
// there is TLS or a loopback address.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}

export function enqueue(change) {
  const at = Math.max(Date.now(), ...all().map(item => item.at + 1))
  put({ ...change, key: newKey(), at })
  flush()
}

// flush sends what waits. Where the server can't be reached it tries again,
// later and later, and at once when the connection is back.
export async function flush() {
  if (sending) return
  sending = true
  clearTimeout(timer)
  try {
    for (let item; (item = waiting()[0]);) {
      if (!(await settle(item))) {
        timer = setTimeout(flush, wait)
        wait = Math.min(2 * wait, longest)
        return
      }
      wait = 1000
    }
  } finally {
    sending = false
  }
}

async function settle(item) {
  try {
    const answer = await send(item)
    remove(item.key)
    tell(item, { answer })
  } catch (problem) {
    if (passing(problem)) return false
    if (item.kind === 'add' || item.kind === 'edit') {
      const { code, message, current } = problem
      put({ ...item, problem: { code, message, current } })
    } else remove(item.key)
    tell(item, { problem })
  }
  return true
}

function tell(item, outcome) {
  outbox.dispatchEvent(new CustomEvent('sent', { detail: { item, ...outcome } }))
}

// passing tells whether the same request may well succeed later. Where the
// outcome is unknown, its key makes it safe to ask again.
function passing(problem) {
  if (problem instanceof Lost) return true
  const codes = ['outcome_unknown', 'conflict', 'closed', 'store_broken']
  return [401, 408, 425, 429, 502, 503, 504].includes(problem.status) || codes.includes(problem.code)
}

async function send(item) {
  const { key, kind, list, id, title, date } = item
  const post = (verb, body) => call('POST', `${listPath(list)}/${verb}`, { key, body })
  switch (kind) {
    case 'add':
      return (await call('POST', entriesPath(list), { key, body: { title, date } })).body
    case 'edit':
      return edit(item)
    case 'delete':
      return (await call('DELETE', entriesPath(list, id), { key })).body
    case 'done':
    case 'reopen':
      return (await post(kind, { ids: [id] })).body
    default: // undo, redo
      return (await post(kind)).body
  }
}

export const sameText = (a, b) => a.title === b.title && a.date === b.date

// edit changes an entry that is still as the person saw it when they began.
// What it asks for is kept before it is sent, so that a second try asks for
// the very same.
async function edit(item) {
  const path = entriesPath(item.list, item.id)
  for (;;) {
    if (!item.ifMatch) {
      const { body: current, etag } = await call('GET', path)
      if (sameText(current, item)) return current
      if (!sameText(current, item.base)) throw changed(current)
      put(item = { ...item, ifMatch: etag })
    }
    const body = {}
    if (item.title !== item.base.title) body.title = item.title
    if (item.date !== item.base.date) body.date = item.date
    try {
      return (await call('PATCH', path, { key: item.key, ifMatch: item.ifMatch, body })).body
    } catch (problem) {
      if (problem.code !== 'changed') throw problem
      put(item = { ...item, ifMatch: undefined })
    }
  }
}

function changed(current) {
  const problem = new Problem(412, { code: 'changed', detail: 'the entry was changed elsewhere meanwhile' })
  problem.current = current
  return problem
}

// Another page of this browser may have left changes, or sent them.
for (let i = 0; i < (recallable()?.length ?? 0); i++) {
  const name = localStorage.key(i)
  const item = name.startsWith(prefix) && recall('localStorage', name)
  if (item) items.set(item.key, item)
}
window.addEventListener('storage', event => {
  if (event.key === null) items.clear()
  else if (!event.key.startsWith(prefix)) return
  else if (event.newValue === null) items.delete(event.key.slice(prefix.length))
  else items.set(event.key.slice(prefix.length), JSON.parse(event.newValue))
  outbox.dispatchEvent(new Event('change'))
})
window.addEventListener('beforeunload', event => {
  if (cannotKeep()) event.preventDefault()
})
connection.addEventListener('change', () => connection.up && flush())

function recallable() {
  try {
    return window.localStorage
  } catch {
    return undefined
  }
}
