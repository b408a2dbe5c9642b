// What the server refused, with all that the person typed, until they decide.
import { button, h } from './dom.js'
import { longName } from './dates.js'
import { edit } from './editor.js'
import { enqueue, refused, remove } from './outbox.js'

export class Attention {
  constructor(list, left) {
    this.list = list
    this.left = left // called when a card is gone, for the focus
    this.root = h('section', { class: 'attention', 'aria-label': 'Not saved', hidden: true })
  }

  render() {
    const items = refused(this.list)
    const shown = JSON.stringify(items)
    if (shown === this.shown) return
    this.shown = shown
    this.root.hidden = items.length === 0
    this.root.replaceChildren(...items.map(item => this.card(item)))
  }

  card(item) {
    const { problem } = item
    const conflict = problem.code === 'changed'
    const gone = problem.code === 'unknown_id'
    const again = change => {
      remove(item.key)
      enqueue({ list: item.list, title: item.title, date: item.date, ...change })
      this.left()
    }
    const discard = () => {
      remove(item.key)
      this.left()
    }
    const asBefore = item.kind === 'add' || gone ? { kind: 'add' } : { kind: 'edit', id: item.id, base: problem.current ?? item.base }
    const { key, list, id, title, date } = item
    const change = () => edit({ key, list, id, title, date, base: asBefore.base, current: problem.current })
    return h('article', { class: 'card' },
      h('h2', {}, conflict ? 'Changed elsewhere while you edited it' : item.kind === 'add' ? 'Not added' : 'Not changed'),
      conflict ? null : h('p', { class: 'error' }, `${problem.message}.`),
      h('dl', {}, version('Yours', item), problem.current ? version('In the list now', problem.current) : null),
      h('div', { class: 'line' },
        button(conflict ? 'Keep mine' : gone ? 'Add it anew' : 'Try again', { class: 'main', onclick: () => again(asBefore) }),
        button('Edit…', { class: 'plain', onclick: change }),
        button(conflict ? 'Take the other' : 'Discard', { class: 'plain', onclick: discard })))
  }
}

function version(name, { title, date }) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, h('span', { class: 'title', dir: 'auto' }, title), h('span', { class: 'muted' }, longName(date))))
}
