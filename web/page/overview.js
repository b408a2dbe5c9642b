// All lists, with a field that finds one, or begins a new one.
import { connection, get, getNow, me } from './api.js'
import { count, h } from './dom.js'
import { follow } from './live.js'
import { address } from './list.js'
import { More } from './more.js'
import { waiting } from './outbox.js'

const step = 100
const mostAtOnce = 1000
const pause = 500 // between looks, however much happens
const mostLooks = 10 // at single lists, before all that are shown are looked at

// byBytes is the server's order, which is that of code points.
function byBytes(a, b) {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((character, i) => character !== right[i])
  if (at < 0) return left.length - right.length
  return (left[at].codePointAt(0)) - (right[at]?.codePointAt(0) ?? -1)
}

export class Overview {
  constructor(main, filter) {
    this.filter = filter
    this.lists = new Map()
    this.items = new Map()
    this.changed = new Set()
    this.build(main)
    this.back = () => connection.up && this.stale && this.load()
    connection.addEventListener('change', this.back)
    this.print = () => this.printAll()
    window.addEventListener('beforeprint', this.print)
    this.unfollow = follow('/v1/events', { load: () => this.load(), change: ({ list }) => this.soon(list) })
  }

  go(filter) {
    document.title = 'todoshell'
    if (filter === this.filter) return
    this.filter = filter
    if (this.field.value !== filter) this.field.value = filter
    this.lists = new Map()
    this.load()
  }

  build(main) {
    this.heading = h('h1', { tabindex: -1 }, 'Lists')
    // It is a combobox: the links are its options as long as it has the focus.
    this.field = h('input', { type: 'search', id: 'filter', dir: 'auto', autocomplete: 'off', spellcheck: 'false', placeholder: 'Name, or how it begins',
      role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'lists',
      oninput: () => this.typed(), onkeydown: event => this.key(event), onfocus: () => this.options(), onblur: () => this.options() })
    this.field.value = this.filter
    this.table = h('ul', { class: 'lists', id: 'lists', 'aria-label': 'Lists' })
    this.empty = h('p', { class: 'empty', role: 'status' }, 'Loading…')
    this.unprinted = h('p', { class: 'onpaper' })
    this.begin = h('a', { class: 'begin', hidden: true })
    this.more = new More('Show more', () => this.loadMore())
    main.replaceChildren(
      h('div', { class: 'head' }, this.heading),
      h('form', { class: 'find', role: 'search', 'aria-label': 'Lists', onsubmit: event => this.enter(event) },
        h('label', { for: 'filter', class: 'unseen' }, me.readOnly ? 'Find a list by how its name begins' : 'Find a list by how its name begins, or name a new one'), this.field, this.begin),
      this.unprinted, this.empty, this.table, this.more.button)
  }

  typed() {
    history.replaceState(null, '', this.field.value ? `#/?filter=${encodeURIComponent(this.field.value.toWellFormed())}` : '#/')
    this.go(this.field.value)
  }

  // enter opens the list that was chosen, else the one of exactly the name that was
  // typed, be it there or new.
  enter(event) {
    event.preventDefault()
    const name = this.chosen?.name ?? this.field.value
    if (name) location.hash = address(name)
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return
    if (event.key === 'Escape' && this.chosen) this.choose()
    else if (by) {
      const all = [...this.table.children]
      const at = all.indexOf(this.chosen) + by
      if (at >= all.length - 1) this.more.go()
      this.choose(this.chosen || by > 0 ? all[Math.min(at, all.length - 1)] : all.at(-1)) // above the first: what is typed
    } else return
    event.preventDefault()
  }

  choose(item) {
    this.chosen?.firstChild.removeAttribute('aria-selected')
    this.chosen = item
    if (item) {
      item.firstChild.setAttribute('aria-selected', 'true')
      item.scrollIntoView({ block: 'nearest' })
      this.field.setAttribute('aria-activedescendant', item.firstChild.id)
    } else this.field.removeAttribute('aria-activedescendant')
  }

  // options has the links be options, or links again.
  options() {
    const on = document.activeElement === this.field && this.table.children.length > 0
    const role = (element, name) => (on ? element.setAttribute('role', name) : element.removeAttribute('role'))
    this.field.setAttribute('aria-expanded', String(on))
    role(this.table, 'listbox')
    for (const item of this.table.children) {
      role(item, 'none')
      role(item.firstChild, 'option')
    }
    if (!on || !this.chosen?.isConnected) this.choose()
  }

  // soon looks at a list again, if it is one of those that are shown.
  soon(name) {
    const beyond = this.next && byBytes(name, this.next) > 0
    if (!name.startsWith(this.filter) || beyond) return
    this.changed.add(name)
    this.timer ??= setTimeout(() => this.look(), pause)
  }

  async look() {
    if (this.loading) return (this.timer = setTimeout(() => this.look(), pause))
    const names = [...this.changed]
    this.changed.clear()
    this.timer = undefined
    if (names.length > mostLooks) return this.load()
    await this.fetch(async () => {
      // A name is the first of those that begin with it.
      const pages = await Promise.all(names.map(prefix => page({ prefix, limit: 1 })))
      return () => pages.forEach(({ lists: [list] }, i) => {
        if (list?.name === names[i]) this.lists.set(list.name, list)
        else this.lists.delete(names[i])
      })
    })
  }

  // load begins anew, with as many as there were.
  load() {
    this.changed.clear()
    return this.fetch(async still => {
      const fresh = new Map()
      let next
      do {
        const room = Math.max(step, this.lists.size) - fresh.size
        const answer = await page({ prefix: this.filter || undefined, limit: Math.min(room, mostAtOnce), cursor: next })
        for (const list of answer.lists) fresh.set(list.name, list)
        next = answer.next
      } while (next && fresh.size < this.lists.size && still())
      return () => Object.assign(this, { lists: fresh, next, loaded: true })
    })
  }

  // loadMore gets the next page, once.
  async loadMore() {
    if (!this.next || this.loading) return
    const problem = await this.fetch(async () => {
      const answer = await page({ prefix: this.filter || undefined, limit: step, cursor: this.next })
      return () => this.take(answer)
    })
    if (problem) throw problem
  }

  // printAll has all lists be on paper, not only what is loaded.
  printAll() {
    this.unprinted.textContent = ''
    try {
      while (this.next) this.take(getNow('/v1/lists', { prefix: this.filter || undefined, limit: mostAtOnce, cursor: this.next }))
    } catch {
      this.unprinted.textContent = 'The server cannot be reached: not all lists are printed.'
    }
    this.draw()
  }

  take({ lists, next }) {
    for (const list of lists) this.lists.set(list.name, list)
    this.next = next
  }

  // fetch has work done, and takes what it got unless something else was asked for
  // meanwhile: that is then all that counts. It answers what went wrong.
  async fetch(work) {
    const turn = (this.loading = {})
    const still = () => turn === this.loading
    this.stale = false
    try {
      const take = await work(still)
      if (!still()) return
      take()
      this.loading = undefined
      this.draw()
    } catch (problem) {
      if (!still()) return
      this.loading = undefined
      this.stale = !problem.status
      if (!this.stale) {
        this.empty.textContent = `${problem.message}.`
        this.empty.hidden = false
      }
      return problem
    }
  }

  draw() {
    const { filter, lists } = this
    const items = [...lists.keys()].sort(byBytes).map(name => this.item(lists.get(name)))
    for (const [name, item] of this.items) {
      if (lists.has(name)) continue
      item.remove()
      this.items.delete(name)
    }
    let at = this.table.firstElementChild
    for (const item of items) {
      if (item === at) at = at.nextElementSibling
      else this.table.insertBefore(item, at)
    }
    this.more.show(Boolean(this.next))
    this.begin.hidden = !filter || lists.has(filter) || !mayBegin(filter)
    this.begin.href = address(filter)
    this.begin.replaceChildren('New list ', h('bdi', {}, filter))
    this.empty.hidden = lists.size > 0
    this.empty.textContent = filter ? 'No list begins so.' : me.readOnly ? 'There are no lists.' : 'There are no lists yet. Name the first one above.'
    this.options()
  }

  item(list) {
    const { name } = list
    if (!this.items.has(name)) this.items.set(name, make(name))
    return fill(this.items.get(name), list)
  }

  keys() {
    const step = by => {
      const links = [...this.table.querySelectorAll('a')]
      const at = links.indexOf(document.activeElement)
      if (at + by >= links.length) this.more.go()
      links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus()
    }
    return { filter: () => this.field.focus(), next: () => step(1), previous: () => step(-1) }
  }

  close() {
    this.unfollow()
    this.more.close()
    window.removeEventListener('beforeprint', this.print)
    connection.removeEventListener('change', this.back)
    clearTimeout(this.timer)
    this.loading = undefined
  }
}

const page = async asked => (await get('/v1/lists', asked)).body

// mayBegin tells whether the person may have a list of this name.
const mayBegin = name => !me.readOnly && (me.lists ?? ['']).some(prefix => name.startsWith(prefix))

let made = 0

function make(name) {
  const item = h('li', {}, h('a', { href: address(name), id: `list-${made++}`, 'data-row': true }, h('bdi', { class: 'name' }, name), h('span', { class: 'numbers' })))
  item.name = name
  return item
}

function fill(item, { name, open, entries }) {
  const unsent = waiting(name).length
  const words = `${open.toLocaleString('en')} open · ${count(entries, 'entry', 'entries')}${unsent ? ` · ${unsent} waiting` : ''}`
  const numbers = item.firstChild.lastChild
  if (numbers.textContent !== words) numbers.textContent = words
  return item
}
