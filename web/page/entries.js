// The entries of a list that a view shows: as the server has them, kept up to
// date by its changes, with what waits in the outbox laid over them.
import { checkName, entriesPath, get } from './api.js'
import { sameText, waiting } from './outbox.js'

const pageSize = 1000

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

export class Entries {
  // span is {when, from, to, status}; the last three say the same as when and
  // the server's status do. Changed is called after whatever the rows depend on.
  constructor(list, span, changed) {
    this.list = list
    this.span = span
    this.changed = changed
    this.known = new Map()
    this.revision = 0
    this.next = undefined // where the server's next page begins
    this.end = undefined // the last entry of the pages so far, if there are more
    this.loading = undefined
    this.missed = [] // changes that came while a page was on its way
    this.outrun = new Set() // keys of changes whose effect was seen before their answer
    this.own = new Set() // revisions that changes of this page have made
    this.loaded = false
  }

  get complete() {
    return this.loaded && !this.next
  }

  // load begins anew, and goes on until there are as many as before.
  async load() {
    const enough = this.known.size
    await this.once(async () => {
      const fresh = new Map()
      let page = await this.page()
      const revision = page.revision
      for (;;) {
        for (const entry of page.entries) fresh.set(entry.id, entry)
        if (!page.next || fresh.size >= enough) break
        page = await this.page(page.next)
      }
      this.known = fresh
      this.revision = revision
      this.loaded = true
      this.reached(page)
    })
  }

  // more loads the next page.
  async more() {
    if (!this.next || this.loading) return this.loading
    await this.once(async () => {
      const page = await this.page(this.next)
      for (const entry of page.entries) this.known.set(entry.id, entry)
      this.reached(page)
    })
  }

  async page(cursor) {
    checkName(this.list)
    const { when, status } = this.span
    return (await get(entriesPath(this.list), { when, status, limit: pageSize, cursor })).body
  }

  reached(page) {
    this.next = page.next
    this.end = page.next ? page.entries.at(-1) : undefined
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
    for (const entry of change.entries) this.put(entry)
    for (const id of change.removed ?? []) this.known.delete(id)
  }

  // put keeps an entry that belongs to the pages so far. One that is done stays
  // in sight where only open ones are asked for, until the next load.
  put(entry) {
    const { from, to, status } = this.span
    const inside = !from || (entry.date !== null && entry.date >= from && entry.date <= to)
    const wanted = !status || entry.status === status || this.known.has(entry.id)
    const reached = !this.end || order(entry, this.end) <= 0
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
