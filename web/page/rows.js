// Entries by day. Elements are kept and changed in place, so that the focus and
// what a screen reader reads stay where they are when something else changes.
import { me } from './api.js'
import { h, iconButton, quoted, say } from './dom.js'
import { longName, nearName, today } from './dates.js'

const pendingWords = { add: 'Waiting to be added', edit: 'Waiting to be saved', done: 'Waiting to be saved', reopen: 'Waiting to be saved', delete: 'Waiting to be deleted' }

// arrange gives parent these children in this order and moves as few as it can.
function arrange(parent, wanted) {
  const kept = new Set(wanted)
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove()
  let at = parent.firstElementChild
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling
    else parent.insertBefore(element, at)
  }
}

export class Rows {
  // act has toggle, edit and remove, each for a row.
  constructor(act) {
    this.act = act
    this.root = h('div', { class: 'days' })
    this.days = new Map()
    this.items = new Map()
    this.root.addEventListener('click', event => this.clicked(event))
    this.root.addEventListener('dblclick', event => {
      if (event.target.closest('.title') && !me.readOnly) this.run('edit', event.target)
    })
  }

  // render shows rows, which are in order.
  render(rows) {
    const active = document.activeElement
    const held = active?.closest('[data-row]')
    const place = held ? this.all().indexOf(held) : -1
    const days = new Map()
    for (const row of rows) {
      const day = row.date ?? ''
      if (!days.has(day)) days.set(day, [])
      days.get(day).push(this.item(row))
    }
    arrange(this.root, [...days].map(([date, items]) => this.day(date, items)))
    const keys = new Set(rows.map(keyOf))
    for (const key of this.items.keys()) if (!keys.has(key)) this.items.delete(key)
    for (const date of this.days.keys()) if (!days.has(date)) this.days.delete(date)
    if (place >= 0 && document.activeElement !== active) {
      const all = this.all()
      if (active.isConnected) active.focus({ preventScroll: true })
      else (all[place] ?? all.at(-1))?.focus({ preventScroll: true })
    }
  }

  day(date, items) {
    let section = this.days.get(date)
    if (!section) {
      const id = `day-${date}`
      section = h('section', { class: 'day', 'aria-labelledby': id }, h('h2', { id }), h('ul'))
      this.days.set(date, section)
    }
    const [heading, list] = section.children
    const near = date && nearName(date)
    const late = date && date < today() && items.some(item => item.row.status === 'open')
    const signature = [near, late].join()
    if (heading.dataset.shown !== signature) {
      heading.dataset.shown = signature
      heading.replaceChildren(...[near && h('span', { class: 'near' }, near), near && ' ', h('span', { class: near ? 'far' : '' }, longName(date)),
        late && ' ', late && h('span', { class: 'late' }, 'overdue')].filter(Boolean))
    }
    arrange(list, items)
    section.style.containIntrinsicSize = `auto ${2 + 2.3 * items.length}rem` // until it has been in sight
    return section
  }

  item(row) {
    const key = keyOf(row)
    let item = this.items.get(key)
    if (!item) {
      item = h('li', { class: 'entry', 'data-row': true, tabindex: -1 },
        me.readOnly ? h('span', { class: 'state', role: 'img' }) : h('input', { type: 'checkbox', 'data-act': 'toggle' }),
        h('span', { class: 'title', dir: 'auto' }),
        h('span', { class: 'badge' }),
        me.readOnly ? null : h('span', { class: 'acts' },
          iconButton('Edit', 'edit', { 'data-act': 'edit' }),
          iconButton('Delete', 'delete', { 'data-act': 'remove' })))
      this.items.set(key, item)
    }
    const shown = JSON.stringify(row)
    if (item.shown !== shown) fill(item, row)
    item.shown = shown
    item.row = row
    return item
  }

  elementOf(row) {
    return this.items.get(keyOf(row))
  }

  all() {
    return [...this.root.querySelectorAll('[data-row]')]
  }

  clicked(event) {
    const control = event.target.closest('[data-act]')
    if (control) this.run(control.dataset.act, control)
  }

  run(action, element) {
    const { row } = element.closest('[data-row]')
    if (row.id === undefined) say('It is still waiting to be added.')
    else this.act[action](row)
  }

  // keys are the actions for the row that has the focus.
  keys() {
    const current = () => this.all().indexOf(document.activeElement.closest('[data-row]'))
    const step = by => {
      const all = this.all()
      const at = current()
      const row = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]
      row?.focus()
      row?.scrollIntoView({ block: 'nearest' })
    }
    const onRow = action => () => {
      const row = this.all()[current()]
      if (row) this.run(action, row)
    }
    const looking = { next: () => step(1), previous: () => step(-1) }
    return me.readOnly ? looking : { ...looking, toggle: onRow('toggle'), edit: onRow('edit'), remove: onRow('remove') }
  }
}

const keyOf = row => row.id ?? row.key

function fill(item, row) {
  const [box, title, badge, acts] = item.children
  const name = quoted(row.title)
  const done = row.status === 'done'
  item.classList.toggle('done', done)
  item.classList.toggle('leaving', row.pending === 'delete')
  item.classList.toggle('pending', row.pending !== undefined)
  if (title.textContent !== row.title) title.textContent = row.title
  badge.textContent = pendingWords[row.pending] ?? ''
  if (!acts) return box.setAttribute('aria-label', done ? 'Done' : 'Open')
  const [edit, remove] = acts.children
  box.checked = done
  box.disabled = edit.disabled = remove.disabled = row.id === undefined
  box.setAttribute('aria-label', `Done: ${name}`)
  edit.setAttribute('aria-label', `Edit ${name}`)
  remove.setAttribute('aria-label', `Delete ${name}`)
}
