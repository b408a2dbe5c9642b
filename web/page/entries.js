// The entries of a list that a view shows: as the server has them, kept up to
// date by its changes, with what waits in the outbox laid over them.
import { entriesPath, get, getNow, listPath } from './api.js'
import { last, plus } from './dates.js'
import { sameText, waiting } from './outbox.js'
import { seen } from './undo.js'

const pageSize = 200
const mostAtOnce = 10000

// order is that of the server: by date, then id; without a date comes last, and
// so does what has no id yet.
export function order(a, b) {
  if (a.date !== b.date) return (a.date ?? '~') < (b.date ?? '~') ? -1 : 1
  return (a.id ?? Infinity) - (b.id ?? Infinity) || (a.at ?? 0) - (b.at ?? 0)
}

// causes tells whether an item of the outbox looks like the cause of a change.
function causes(item, what, entry) {
  if (item.kind === 'add') return what === 'add' && sameText(item, entry)
  return item.id === undefined ? item.kind === what : item.id === entry.id
}

// before is the server's cursor of the place where a date begins.
const before = date => `${date ? plus(date, -1) : last}/18446744073709551615`

export class Entries {
  // span is {when, from, to, status} with pages from its beginning on, where from and
  // to say the same as when; or {around, status} with pages from a date on and back
  // from it. Changed is called after whatever the rows depend on.
  constructor(list, span, changed) {
    this.list = list
    this.span = span
    this.changed = changed
    this.known = new Map()
    this.revision = 0
    this.ends = {} // by direction, asc and desc: {next, entry, size} of the pages so far
    this.loading = undefined
    this.missed = [] // changes that came while a page was on its way
    this.outrun = new Set() // keys of changes whose effect was seen before their answer
    this.own = new Set() // revisions that changes of this page have made
    this.loaded = false
  }

  get complete() {
    return this.loaded && !this.next('asc') && !this.next('desc')
  }

  next(order) {
    return this.ends[order]?.next
  }

  // load begins anew, and goes on until there are as many as before. It can do so
  // around another date.
  async load(around = this.span.around) {
    const ends = around === this.span.around ? this.ends : {}
    this.span.around = around
    await this.once(async () => {
      const orders = around === undefined ? ['asc'] : ['asc', 'desc']
      const sides = await Promise.all(orders.map(order => this.side(order, ends[order]?.size ?? 0)))
      this.known = new Map()
      this.revision = Math.min(...sides.map(side => side.revision))
      seen.set(this.list, this.revision)
      this.ends = {}
      sides.forEach((side, i) => this.take(orders[i], side))
      this.loaded = true
    })
  }

  // side gets what there is in one direction.
  async side(order, enough) {
    const start = this.span.around === undefined ? undefined : before(this.span.around)
    const side = { entries: [], next: start }
    do {
      const page = (await get(...this.query(order, side.next, enough - side.entries.length))).body
      side.revision ??= page.revision
      side.entries.push(...page.entries)
      side.next = page.next
    } while (side.next && side.entries.length < enough)
    return side
  }

  // more gets the next page in a direction.
  async more(order) {
    if (this.loading) return this.loading
    if (!this.next(order)) return
    await this.once(async () => this.take(order, (await get(...this.query(order, this.next(order)))).body))
  }

  // rest gets all that there is while the caller waits.
  rest() {
    for (const order of Object.keys(this.ends)) {
      while (this.next(order)) this.take(order, getNow(...this.query(order, this.next(order), mostAtOnce)))
    }
  }

  query(order, cursor, wanted = 0) {
    const { when, status } = this.span
    return [entriesPath(this.list), { when, status, order, cursor, limit: Math.min(Math.max(wanted, pageSize), mostAtOnce) }]
  }

  take(order, { entries, next }) {
    for (const entry of entries) this.known.set(entry.id, entry)
    this.ends[order] = { next, entry: next && entries.at(-1), size: (this.ends[order]?.size ?? 0) + entries.length }
  }

  // count answers how many entries the whole list has.
  async count() {
    try {
      const { entries, open } = (await get(listPath(this.list))).body
      return { open, done: entries - open }
    } catch (problem) {
      if (problem.code !== 'unknown_list') throw problem
      return { open: 0, done: 0 }
    }
  }

  async once(work) {
    await this.loading?.catch(() => {})
    this.loading = work()
    try {
      await this.loading
    } finally {
      this.loading = undefined
      for (const change of this.missed.splice(0)) this.apply(change)
      this.changed()
    }
  }

  // change takes in what the stream tells. It answers the entries that are not
  // what the rows show already: those that someone else changed.
  change(change) {
    const seen = change.rev <= this.revision || this.own.delete(change.rev)
    const expected = waiting(this.list)
    const others = change.entries.filter(entry => {
      const own = expected.find(item => causes(item, change.what, entry))
      if (own) this.outrun.add(own.key)
      const row = this.known.get(entry.id)
      const gone = change.removed?.includes(entry.id)
      return !seen && !own && (gone ? row : !row || !sameText(row, entry) || row.status !== entry.status)
    })
    if (this.loading) this.missed.push(change)
    else this.apply(change)
    this.changed()
    return others
  }

  apply(change) {
    if (change.rev <= this.revision) return
    this.revision = change.rev
    seen.set(this.list, change.rev)
    for (const entry of change.entries) this.put(entry)
    for (const id of change.removed ?? []) this.known.delete(id)
  }

  // put keeps an entry that belongs to the pages so far. One that is done stays
  // in sight where only open ones are asked for, until the next load.
  put(entry) {
    const { from, to, status } = this.span
    const inside = !from || (entry.date !== null && entry.date >= from && entry.date <= to)
    const wanted = !status || entry.status === status || this.known.has(entry.id)
    const { asc, desc } = this.ends
    const reached = !(asc?.entry && order(entry, asc.entry) > 0) && !(desc?.entry && order(entry, desc.entry) < 0)
    if (inside && wanted && reached) this.known.set(entry.id, { id: entry.id, date: entry.date, status: entry.status, title: entry.title })
    else this.known.delete(entry.id)
  }

  // sent takes in the answer to a change of this page. Where the stream has told
  // of it, or of a later one, already, the answer is old.
  sent(item, answer) {
    if (item.list !== this.list) return
    if (answer && !this.outrun.delete(item.key)) {
      if (item.kind === 'delete') this.known.delete(item.id)
      else for (const entry of answer.entries ?? [answer]) this.put(entry)
    }
    if (answer?.revision > this.revision) this.own.add(answer.revision)
    this.changed()
  }

  // rows answers the entries as the person left them, in order.
  rows() {
    const shown = new Map(this.known)
    const added = []
    for (const item of waiting(this.list)) {
      const { key, kind, id, title, date, at } = item
      const entry = shown.get(id)
      if (kind === 'add' && !this.outrun.has(key)) added.push({ key, at, title, date, status: 'open', pending: 'add' })
      else if (!entry) continue
      else if (kind === 'edit') shown.set(id, { ...entry, title, date, pending: kind })
      else if (kind === 'done' || kind === 'reopen') shown.set(id, { ...entry, status: kind === 'done' ? 'done' : 'open', pending: kind })
      else if (kind === 'delete') shown.set(id, { ...entry, pending: kind })
    }
    const { from, to } = this.span
    const inside = row => !from || (row.date !== null && row.date >= from && row.date <= to)
    return [...shown.values(), ...added].filter(inside).sort(order)
  }
}
