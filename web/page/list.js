// One list: its entries by day, or a month of it.
import { connection, listPath } from './api.js'
import { Attention } from './attention.js'
import { alarm, button, count, enterSends, h, iconButton, quoted, recall, remember, say } from './dom.js'
import { isDate, longName, monthName, otherMonth, today, weeks } from './dates.js'
import { edit, elsewhere, leave, resume, wrong } from './editor.js'
import { Entries } from './entries.js'
import { follow } from './live.js'
import { Month } from './month.js'
import { enqueue, outbox } from './outbox.js'
import { Rows } from './rows.js'

const step = 200 // rows more each time that the end comes into sight

export const address = (list, ...rest) => ['#/list', encodeURIComponent(list.toWellFormed()), ...rest].join('/')

export class ListView {
  constructor(main, list) {
    this.list = list
    this.rows = new Rows({ toggle: row => this.toggle(row), edit: row => this.edit(row), remove: row => this.remove(row) })
    this.calendar = new Month(date => address(list, 'month', date))
    this.attention = new Attention(list, () => this.form.title.focus())
    this.room = step
    this.build(main)
    this.heard = event => this.sent(event.detail)
    this.redraw = () => this.draw()
    this.back = () => connection.up && this.stale && this.load()
    outbox.addEventListener('sent', this.heard)
    outbox.addEventListener('change', this.redraw)
    connection.addEventListener('change', this.back)
  }

  // go shows a part of the list: {} for all days, {month, day?} for a month.
  go({ month, day }) {
    this.day = day
    if (!this.entries || month !== this.month) {
      this.month = month
      this.show()
    }
    if (day) this.form.date.value = day
    this.draw()
    if (day && this.entries.loaded) say(`${longName(day)}: ${count(this.of(this.entries.rows()).length, 'entry', 'entries')}`)
    document.title = `${this.list} – ${month ? `${monthName(month)} – ` : ''}todoshell`
  }

  show() {
    const days = this.month && weeks(this.month).flat().filter(date => date.startsWith(`${this.month}-`))
    const span = days ? { when: `${days[0]}..${days.at(-1)}`, from: days[0], to: days.at(-1) } : { status: this.hideDone.checked ? 'open' : undefined }
    const first = !this.entries
    this.entries = new Entries(this.list, span, () => this.schedule())
    this.room = step
    if (!first) this.load()
    else {
      this.unfollow = follow(`${listPath(this.list)}/events`, { load: () => this.load(), change: change => this.change(change) })
    }
  }

  async load() {
    const { entries } = this
    this.stale = false
    try {
      await entries.load()
      while (this.month && entries === this.entries && entries.next) await entries.more()
      this.failure = ''
      resume(this.list)
    } catch (problem) {
      this.stale = !problem.status
      this.failure = this.stale ? '' : `${problem.message}.`
    }
    this.draw()
  }

  change(change) {
    const { entries } = this
    if (change.what === 'drop') {
      this.load()
      say('This list was dropped elsewhere.')
      return
    }
    for (const entry of change.entries) elsewhere(this.list, entry, change.removed?.includes(entry.id))
    const others = entries.change(change)
    if (others.length) say(`Changed elsewhere (${change.what}): ${others.length === 1 ? quoted(others[0].title) : count(others.length, 'entry', 'entries')}`)
  }

  sent({ item, answer, problem }) {
    if (item.list !== this.list) return
    this.entries.sent(item, answer)
    if (problem) alarm(`${problem.message}.`)
    else if (item.kind === 'undo' || item.kind === 'redo') say(item.kind === 'undo' ? 'Undone.' : 'Done again.')
    else say(`${{ add: 'Added', edit: 'Saved', done: 'Done', reopen: 'Open again', delete: 'Deleted' }[item.kind]}: ${quoted(item.title)}`)
  }

  toggle(row) {
    enqueue({ kind: row.status === 'done' ? 'reopen' : 'done', list: this.list, id: row.id, title: row.title })
  }

  remove(row) {
    if (row.pending !== 'delete') enqueue({ kind: 'delete', list: this.list, id: row.id, title: row.title })
  }

  edit({ id, title, date }) {
    edit({ list: this.list, id, title, date, base: { title, date } })
  }

  // Undo takes back whatever is the latest change when it arrives: later, that
  // could be anyone's.
  takeBack(kind) {
    if (connection.up) enqueue({ kind, list: this.list })
    else alarm(`The server cannot be reached: ${kind} again when it is back.`)
  }

  build(main) {
    const { list } = this
    const hide = h('input', { type: 'checkbox', onchange: () => {
      remember('localStorage', 'hide done', hide.checked)
      this.show()
    } })
    hide.checked = recall('localStorage', 'hide done') ?? false
    this.hideDone = hide
    this.heading = h('h1', { tabindex: -1, dir: 'auto' }, list)
    this.summary = h('p', { class: 'muted' })
    this.parts = h('nav', { class: 'parts', 'aria-label': 'Parts of the list' })
    this.monthBar = h('div', { class: 'monthbar' })
    this.panel = h('h2', { class: 'panel' })
    this.empty = h('p', { class: 'empty' })
    this.more = button('Show more', { class: 'plain more', onclick: () => this.showMore() })
    this.form = this.addForm()
    this.side = h('div', { class: 'side' }, this.monthBar, this.calendar.root)
    main.replaceChildren(
      h('div', { class: 'head' },
        h('a', { href: '#/', class: 'up' }, 'All lists'),
        h('div', { class: 'line wide' }, this.heading,
          h('div', { class: 'line tight' },
            iconButton('Undo', 'undo', { onclick: () => this.takeBack('undo'), 'aria-keyshortcuts': 'u' }),
            iconButton('Redo', 'redo', { onclick: () => this.takeBack('redo'), 'aria-keyshortcuts': 'r' }))),
        h('div', { class: 'line wide' }, this.summary, h('div', { class: 'line' }, h('label', { class: 'check' }, hide, ' Hide done'), this.parts))),
      this.attention.root,
      h('div', { class: 'body' }, this.side, h('div', { class: 'center' }, this.form.root, this.panel, this.empty, this.rows.root, this.more)))
    this.watcher = new IntersectionObserver(seen => seen.some(one => one.isIntersecting) && this.showMore(), { rootMargin: '600px' })
    this.watcher.observe(this.more)
  }

  addForm() {
    const draftName = `draft ${this.list}`
    const draft = recall('sessionStorage', draftName)
    const title = h('textarea', { id: 'add-title', rows: 1, dir: 'auto', placeholder: 'What is there to do?', 'aria-describedby': 'add-error' })
    const date = h('input', { type: 'date', id: 'add-date', min: '0001-01-01', max: '9999-12-31', 'aria-describedby': 'add-error' })
    const error = h('p', { id: 'add-error', class: 'error', role: 'alert' })
    title.value = draft?.title ?? ''
    date.value = draft ? draft.date : today()
    enterSends(title)
    const root = h('form', { class: 'add', novalidate: true, 'aria-label': 'New entry',
      oninput: () => remember('sessionStorage', draftName, { title: title.value, date: date.value }),
      onsubmit: event => {
        event.preventDefault()
        error.textContent = wrong(title.value, date)
        if (error.textContent) return title.focus()
        enqueue({ kind: 'add', list: this.list, title: title.value.trim(), date: date.value || null })
        title.value = ''
        remember('sessionStorage', draftName, { title: '', date: date.value })
        title.focus()
      } },
    h('label', { for: 'add-title', class: 'unseen' }, 'New entry'), title,
    h('label', { for: 'add-date', class: 'unseen' }, 'Date'), date,
    h('button', { type: 'submit', class: 'main' }, 'Add'), error)
    return { root, title, date }
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => this.draw())
  }

  // of leaves out what is not of the day that is shown, if one is.
  of(rows) {
    return this.day ? rows.filter(row => row.date === this.day) : rows
  }

  draw() {
    cancelAnimationFrame(this.frame)
    this.frame = undefined
    if (!this.entries) return
    const { month, day, entries } = this
    const all = entries.rows()
    const rows = this.of(all)
    this.attention.render()
    this.drawMonth(all)
    this.panel.hidden = !day
    this.panel.textContent = day ? longName(day) : ''
    this.rows.root.classList.toggle('single', Boolean(day))
    this.rows.render(rows.slice(0, this.room))
    this.more.hidden = rows.length <= this.room && !entries.next
    this.empty.hidden = rows.length > 0 && !this.failure
    this.empty.textContent = this.failure || (!entries.loaded ? 'Loading…' : day ? 'Nothing on this day.' : month ? 'Nothing in this month.' : entries.span.status ? 'Nothing is open.' : 'This list is empty: write its first entry above.')
    const open = rows.filter(row => row.status === 'open').length
    const done = rows.length - open
    this.summary.textContent = !entries.complete ? '' : `${open.toLocaleString('en')} open${done ? `, ${done.toLocaleString('en')} done` : ''}`
    const target = day ?? today()
    this.parts.replaceChildren(
      h('a', { href: address(this.list), 'aria-current': month ? null : 'page' }, 'Days'),
      h('a', { href: address(this.list, 'month', month ?? target.slice(0, 7)), 'aria-current': month ? 'page' : null }, 'Month'))
  }

  drawMonth(rows) {
    const { month, day } = this
    this.side.hidden = !month
    this.side.parentElement.classList.toggle('split', Boolean(month))
    this.hideDone.parentElement.hidden = Boolean(month)
    if (!month) return
    this.calendar.render(month, day, rows)
    if (this.monthBar.dataset.month === month) return
    this.monthBar.dataset.month = month
    this.monthBar.replaceChildren(h('h2', {}, monthName(month)),
      iconButton('Month before', 'previous', { onclick: () => this.turn(-1) }),
      button('Today', { class: 'quiet', onclick: () => this.toToday() }),
      iconButton('Month after', 'next', { onclick: () => this.turn(1) }))
  }

  turn(by) {
    if (this.month) location.hash = address(this.list, 'month', otherMonth(this.month, by))
  }

  toToday() {
    location.hash = address(this.list, 'month', today())
  }

  async showMore() {
    if (this.more.hidden) return
    this.room += step
    if (this.room > this.entries.known.size) await this.entries.more().catch(() => {})
    this.draw()
  }

  keys() {
    return {
      ...this.rows.keys(),
      add: () => this.form.title.focus(),
      undo: () => this.takeBack('undo'),
      redo: () => this.takeBack('redo'),
      month: () => (location.hash = this.month ? address(this.list) : address(this.list, 'month', today().slice(0, 7))),
      today: () => this.toToday(),
      ...(this.month && { earlier: () => this.turn(-1), later: () => this.turn(1) }),
    }
  }

  close() {
    this.unfollow?.()
    this.watcher.disconnect()
    cancelAnimationFrame(this.frame)
    outbox.removeEventListener('sent', this.heard)
    outbox.removeEventListener('change', this.redraw)
    connection.removeEventListener('change', this.back)
    this.entries = undefined
    leave()
  }
}

// partOf reads what follows a list's name in an address.
export function partOf([word, date] = []) {
  if (word !== 'month' || !date) return {}
  if (isDate(date)) return { month: date.slice(0, 7), day: date }
  return isDate(`${date}-01`) ? { month: date } : {}
}
