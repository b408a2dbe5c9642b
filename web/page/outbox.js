// The changes a person has made and the server has not answered yet. They are
// sent one after the other, in order. Each has an Idempotency-Key and stays in
// localStorage until it is answered: a change whose answer was lost is sent
// again under its key and happens once. They are the person's who made them: to
// the next one who logs in they are neither shown nor sent.
import { Lost, Problem, call, connection, entriesPath, listPath, me, own } from './api.js'
import { recall, remember } from './dom.js'
import { note, plan, seen } from './undo.js'

const prefix = id => own('change ', id)
const longest = 30000

// An item is {key, at, kind, list, since, id?, title?, date?, base?}; with a problem it
// has been refused and waits for the person. Base is the entry that was edited, since
// the revision of the list that the person saw. Once it has been tried, the server may
// have got it.
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
  // An undo is for now: who comes back later would not know what it was about.
  if (item.kind !== 'undo' && item.kind !== 'redo') unkept = !remember('localStorage', prefix() + item.key, item)
  outbox.dispatchEvent(new Event('change'))
}

export function remove(key) {
  items.delete(key)
  remember('localStorage', prefix() + key)
  outbox.dispatchEvent(new Event('change'))
}

// newKey is what crypto.randomUUID would do, which browsers have only where
// there is TLS or a loopback address.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
}

export function enqueue(change) {
  const at = Math.max(Date.now(), ...all().map(item => item.at + 1))
  const key = newKey()
  put({ ...change, key, at, since: seen.get(change.list) ?? 0 })
  flush()
  return key
}

// flush sends what waits. Where the server can't be reached it tries again,
// later and later, and at once when the connection is back.
export async function flush() {
  if (sending || me.id === undefined) return
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
  if (!item.tried) put({ ...item, tried: true })
  const latest = () => items.get(item.key) ?? item
  try {
    const answer = await send(latest())
    const sent = latest()
    note(sent, answer)
    remove(item.key)
    tell(sent, { answer })
  } catch (problem) {
    if (passing(problem)) return false
    if (item.kind === 'add' || item.kind === 'edit') {
      const { code, message, current } = problem
      put({ ...latest(), problem: { code, message, current } })
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
  const codes = ['outcome_unknown', 'conflict', 'closed', 'store_broken', 'somebody_else']
  return [401, 408, 425, 429, 502, 503, 504].includes(problem.status) || codes.includes(problem.code)
}

async function send(item) {
  const { key, kind, list, id, title, date } = item
  const post = async (verb, body, more) => (await call('POST', `${listPath(list)}/${verb}`, { key, body, ...more })).body
  switch (kind) {
    case 'add': {
      const entry = await post('entries', { title, date })
      if (item.status === 'done') await post('done', { ids: [entry.id] }, { key: `${key}-done` })
      return entry
    }
    case 'edit':
      return edit(item)
    case 'delete':
      return item.same ? removeSame(item) : post('delete', { ids: [id] })
    case 'done':
    case 'reopen':
      return post(kind, { ids: [id] })
    default: // undo, redo
      return takeBack(item, ifMatch => post(kind, undefined, { ifMatch }))
  }
}

// takeBack has the server undo or redo the change that the person means, or none.
async function takeBack(item, post) {
  for (;;) {
    if (!item.ifMatch) put(item = { ...item, ...(await plan(item.kind, item.list, item.accepted)) })
    try {
      return await post(item.ifMatch)
    } catch (problem) {
      if (problem.code !== 'changed') throw problem
      put(item = { ...item, ifMatch: undefined })
    }
  }
}

// removeSame deletes an entry that is still as the person left it.
async function removeSame({ key, list, id, same }) {
  const path = entriesPath(list, id)
  const { body: current, etag } = await call('GET', path)
  if (!sameText(current, same) || current.status !== same.status) throw changed(current)
  return (await call('DELETE', path, { key, ifMatch: etag })).body
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
      if (sameText(current, item)) return { ...current, unchanged: true }
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

// stored are the items that pages of this browser have left for a person.
function stored(id) {
  const names = Object.keys(recallable() ?? {}).filter(name => name.startsWith(prefix(id)))
  return names.map(name => recall('localStorage', name)).filter(Boolean)
}

// open takes up what the person has left.
export function open() {
  for (const item of stored()) items.set(item.key, item)
  outbox.dispatchEvent(new Event('change'))
}

// nobodys is what was left when nobody had to log in.
export const nobodys = () => stored('')

// adopt makes that the person's own.
export function adopt() {
  for (const item of nobodys()) if (remember('localStorage', prefix() + item.key, item)) remember('localStorage', prefix('') + item.key)
}

// Another page of the person may leave changes, or send them.
window.addEventListener('storage', event => {
  if (event.key === null) items.clear()
  else if (me.id === undefined || !event.key.startsWith(prefix())) return
  else if (event.newValue === null) items.delete(event.key.slice(prefix().length))
  else items.set(event.key.slice(prefix().length), JSON.parse(event.newValue))
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
