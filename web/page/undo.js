// What undo and redo mean to a person: their own changes, not whatever is the latest
// one when they press a key. The journal tells which one the server would take.
import { Problem, call, get, listPath } from './api.js'
import { count, quoted } from './dom.js'

const most = 1000 // changes that are looked through
const near = 100 // of those, when the person has made none

// seen holds the latest revision of each list that the page has seen.
export const seen = new Map()

// made holds this page's own changes of each list, oldest first: {item, answer},
// with rev once it is known and undone while they are.
const made = new Map()

export const forget = list => made.delete(list)

// note takes in that the server has answered a change of this page.
export function note(item, answer) {
  const { kind, list } = item
  if (answer.unchanged) return
  if (!made.has(list)) made.set(list, [])
  const all = made.get(list)
  if (kind !== 'undo' && kind !== 'redo') return all.push({ item, answer })
  const rev = item.change?.rev
  const own = all.find(one => one.rev === rev)
  if (own) own.undone = kind === 'undo'
  else all.push({ item: { since: rev - 1 }, rev, undone: kind === 'undo' }) // another's, but on purpose
}

// isOf tells whether a change of the journal is that one of the page.
function isOf({ item, answer, rev }, change) {
  if (rev !== undefined) return change.rev === rev
  if (answer.revision !== undefined) return change.rev === answer.revision && change.what === item.kind
  const [entry] = change.entries
  if (entry?.id !== answer.id || change.what !== { add: 'add', edit: 'update', delete: 'delete' }[item.kind]) return false
  return item.kind !== 'edit' || (entry.title === answer.title && entry.date === answer.date)
}

// Others says that a change is not the person's own: it waits for them to say so.
export class Others extends Error {
  // target is what the server would take, own the person's latest change, and later
  // what came after that.
  constructor(kind, target, own, later = []) {
    super(`nothing was ${kind === 'undo' ? 'undone' : 'redone'}: the list has been changed by others since`)
    Object.assign(this, { kind, target, own, later })
  }
}

// plan answers which change undo or redo would take now, and the tag of the list as it
// is: with it, the server takes that one or none. Accepted is the revision of a change
// that the person has agreed to.
export async function plan(kind, list, accepted) {
  const all = made.get(list) ?? []
  for (let far = near; ;) {
    const { body: { revision }, etag } = await latest(list, kind)
    const own = all.findLast(one => Boolean(one.undone) === (kind === 'redo'))
    const from = own ? own.item.since + 1 : Math.max(1, revision - far + 1)
    const { changes, next } = (await get(`${listPath(list)}/log`, { from, limit: most })).body
    if (next) throw new Problem(409, { detail: `the list has had more than ${most.toLocaleString('en')} changes since yours: use the shell` })
    if (changes.length && changes.at(-1).rev !== revision) continue // it has just changed
    const { done, undone } = sides(changes)
    const [takes, other] = kind === 'undo' ? [done, undone] : [undone, done]
    const target = takes.at(-1)?.change
    const change = own && changes.find(one => isOf(own, one))
    if (change) own.rev = change.rev
    if (target && (target === change || target.rev === accepted)) return { change: target, ifMatch: etag }
    const place = own && takes.find(one => one.change === change)
    if (own && !place) {
      if (other.some(one => one.change === change)) own.undone = kind === 'undo' // by others
      else all.splice(all.indexOf(own), 1) // it changed nothing, or can't be had any more
      continue
    }
    if (target) throw new Others(kind, target, own && { ...own, change }, place && changes.slice(place.at + 1))
    if (from === 1 || far === most) throw new Problem(409, { detail: from === 1 || kind === 'redo' ? `there is nothing to ${kind}` : `undo would take what is far back: use the shell` })
    far = most
  }
}

async function latest(list, kind) {
  try {
    return await call('GET', listPath(list))
  } catch (problem) {
    throw problem.code === 'unknown_list' ? new Problem(404, { detail: `there is nothing to ${kind}` }) : problem
  }
}

// sides goes through a part of the journal: what undo could take, and redo, the next
// one last, each with the place where it was done or undone last.
function sides(changes) {
  const done = []
  let undone = []
  changes.forEach((change, at) => {
    const unknown = { change: { ...change, what: 'unknown' } }
    if (change.what === 'undo') undone.push({ ...(done.pop() ?? unknown), at })
    else if (change.what === 'redo') done.push({ ...(undone.pop() ?? { change }), at })
    else {
      done.push({ change, at })
      undone = []
    }
  })
  return { done, undone }
}

// opposite answers the change that takes back the person's own where no other has
// touched the entry since, with a name for it.
export function opposite({ own, later }) {
  const { item } = own ?? {}
  const [entry] = own?.change?.entries ?? []
  if (!item?.kind || own.change.entries.length !== 1 || later.some(change => change.entries.some(({ id }) => id === entry.id))) return undefined
  const { list, kind } = item
  const { id, title, date, status } = entry
  const name = quoted(title)
  switch (kind) {
    case 'add':
      return [`Delete ${name}`, { kind: 'delete', list, id, title, same: entry }]
    case 'edit':
      return [`Change ${name} back`, { kind: 'edit', list, id, base: { title, date }, title: item.base.title, date: item.base.date }]
    case 'done':
      return [`Open ${name} again`, { kind: 'reopen', list, id, title }]
    case 'reopen':
      return [`Mark ${name} as done`, { kind: 'done', list, id, title }]
    default:
      return [`Add ${name} again`, { kind: 'add', list, title, date, status }]
  }
}

const words = { add: 'added', update: 'changed', done: 'marked as done', reopen: 'opened again', delete: 'deleted', import: 'imported', undo: 'undone for', redo: 'redone for' }

// describe says what a change did.
export function describe({ what, entries }) {
  const which = entries.length === 1 ? quoted(entries[0].title) : count(entries.length, 'entry', 'entries')
  return `${words[what] ?? 'changed'} ${which}`
}

// whence says where a change comes from that is not of this page.
export const whence = ({ by }) => (by ? `by ${by}` : 'elsewhere')

// credit says what a change did, and who made it if that is known.
export const credit = change => describe(change) + (change.by ? ` by ${change.by}` : '')
