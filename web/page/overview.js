// All lists, with a filter that also begins a new one.
import { connection, get } from './api.js'
import { button, count, h } from './dom.js'
import { follow } from './live.js'
import { address } from './list.js'
import { waiting } from './outbox.js'

const step = 100
const mostAtOnce = 1000
const pause = 500 // between looks, however much happens

export class Overview {
  constructor(main, filter) {
    this.room = step
    this.filter = filter
    this.lists = []
    this.build(main)
    this.back = () => connection.up && this.stale && this.load()
    connection.addEventListener('change', this.back)
    this.unfollow = follow('/v1/events', { load: () => this.load(), change: () => this.soon() })
  }

  go(filter) {
    document.title = 'todoshell'
    if (filter === this.filter) return
    this.filter = filter
    if (this.field.value !== filter) this.field.value = filter
    this.load()
  }

  build(main) {
    this.heading = h('h1', { tabindex: -1 }, 'Lists')
    this.field = h('input', { type: 'search', id: 'filter', dir: 'auto', autocomplete: 'off', spellcheck: 'false', placeholder: 'Name, or how it begins', oninput: () => this.typed() })
    this.field.value = this.filter
    this.table = h('ul', { class: 'lists' })
    this.empty = h('p', { class: 'empty', role: 'status' }, 'Loading…')
    this.begin = h('a', { class: 'begin' })
    this.more = button('Show more', { class: 'plain more', onclick: () => {
      this.room += step
      this.load()
    } })
    this.more.hidden = true
    main.replaceChildren(
      h('div', { class: 'head' }, this.heading),
      h('form', { class: 'find', role: 'search', 'aria-label': 'Lists', onsubmit: event => this.enter(event) },
        h('label', { for: 'filter', class: 'unseen' }, 'Find a list by how its name begins, or name a new one'), this.field, this.begin),
      this.empty, this.table, this.more)
  }

  typed() {
    history.replaceState(null, '', this.field.value ? `#/?filter=${encodeURIComponent(this.field.value.toWellFormed())}` : '#/')
    this.room = step
    this.wanted = undefined
    this.go(this.field.value)
  }

  // enter opens the list of that name, else the first that begins so, else a new
  // one: when it is known which there are.
  enter(event) {
    event.preventDefault()
    this.wanted = this.field.value
    if (this.loadedFor === this.wanted) this.openWanted()
  }

  openWanted() {
    if (!this.wanted) return
    const known = this.lists.find(list => list.name === this.wanted) ?? this.lists[0]
    location.hash = address(known?.name ?? this.wanted)
  }

  soon() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      this.load()
    }, pause)
  }

  async load() {
    const { filter, room } = this
    const turn = (this.turn = {})
    this.stale = false
    try {
      const lists = []
      let next
      do {
        const page = (await get('/v1/lists', { prefix: filter || undefined, limit: Math.min(room - lists.length, mostAtOnce), cursor: next })).body
        if (turn !== this.turn) return
        lists.push(...page.lists)
        next = page.next
      } while (next && lists.length < room)
      this.lists = lists
      this.next = next
      this.loadedFor = filter
      this.draw()
      if (this.wanted === filter) this.openWanted()
    } catch (problem) {
      if (turn !== this.turn) return
      this.stale = !problem.status
      if (this.stale) return
      this.empty.textContent = `${problem.message}.`
      this.empty.hidden = false
    }
  }

  draw() {
    const { filter, lists } = this
    const links = new Map([...this.table.children].map(item => [item.name, item]))
    const items = lists.map(list => fill(links.get(list.name) ?? make(list.name), list))
    const kept = new Set(items)
    for (const item of links.values()) if (!kept.has(item)) item.remove()
    items.forEach((item, i) => this.table.children[i] !== item && this.table.insertBefore(item, this.table.children[i] ?? null))
    this.more.hidden = !this.next
    const known = lists.some(list => list.name === filter)
    this.begin.hidden = !filter || known
    this.begin.href = address(filter)
    this.begin.replaceChildren('New list ', h('bdi', {}, filter))
    this.empty.hidden = lists.length > 0
    this.empty.textContent = filter ? 'No list begins so.' : 'There are no lists yet. Name the first one above.'
  }

  keys() {
    const step = by => {
      const links = [...this.table.querySelectorAll('a')]
      const at = links.indexOf(document.activeElement)
      links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus()
    }
    return { filter: () => this.field.focus(), next: () => step(1), previous: () => step(-1) }
  }

  close() {
    this.unfollow()
    connection.removeEventListener('change', this.back)
    clearTimeout(this.timer)
    this.turn = undefined
  }
}

function make(name) {
  const item = h('li', {}, h('a', { href: address(name), 'data-row': true }, h('bdi', { class: 'name' }, name), h('span', { class: 'numbers' })))
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
