// One list: its entries by day, or a month of it.
import { connection, listPath, me, own } from './api.js'
import { ask, leaveAsk } from './ask.js'
import { Attention } from './attention.js'
import { alarm, button, count, enterSends, h, iconButton, quoted, recall, remember, say } from './dom.js'
import { isDate, longName, monthName, otherMonth, today, weeks } from './dates.js'
import { edit, elsewhere, leave, resume, wrong } from './editor.js'
import { Entries } from './entries.js'
import { follow } from './live.js'
import { Month } from './month.js'
import { More } from './more.js'
import { enqueue, outbox, remove, waiting } from './outbox.js'
import { Rows } from './rows.js'
import { Others, credit, describe, forget, opposite, whence } from './undo.js'

const counting = 300 // between looks at how many entries there are

export const address = (list, ...rest) => ['#/list', encodeURIComponent(list.toWellFormed()), ...rest].join('/')

export class ListView {
  constructor(main, list) {
    this.list = list
    this.rows = new Rows({ toggle: row => this.toggle(row), edit: row => this.edit(row), remove: row => this.remove(row) })
    this.calendar = new Month(date => address(list, 'month', date))
    this.attention = new Attention(list, () => this.form.title.focus())
    this.build(main)
    this.heard = event => this.sent(event.detail)
    this.redraw = () => this.draw()
    this.print = () => this.printAll()
    this.back = () => connection.up && this.stale && this.load()
    outbox.addEventListener('sent', this.heard)
    outbox.addEventListener('change', this.redraw)
    connection.addEventListener('change', this.back)
    window.addEventListener('beforeprint', this.print)
  }

  // go shows a part of the list: {} for all days, {month, day?} for a month.
  go({ month, day }) {
    this.day = day
    this.reveal = undefined
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
    const span = days ? { when: `${days[0]}..${days.at(-1)}`, from: days[0], to: days.at(-1) } : { around: today(), status: this.hideDone.checked ? 'open' : undefined }
    const first = !this.entries
    this.entries = new Entries(this.list, span, () => this.schedule())
    this.toToday = !days
    if (!first) this.load()
    else {
      this.unfollow = follow(`${listPath(this.list)}/events`, { load: () => this.load(), change: change => this.change(change) })
    }
  }

  async load() {
    const { entries } = this
    this.stale = false
    try {
      this.recount()
      await entries.load()
      while (this.month && entries === this.entries && entries.next('asc')) await entries.more('asc')
      this.failure = ''
      if (!me.readOnly) resume(this.list)
    } catch (problem) {
      this.stale = !problem.status
      this.failure = this.stale ? '' : `${problem.message}.`
    }
    this.draw()
  }

  // recount finds out how many entries there are, those that are not loaded among
  // them: at once, and then no more often than can be read.
  recount() {
    const { entries } = this
    if (!entries || this.month || this.counting) return
    this.counting = setTimeout(async () => {
      const total = await entries.count().catch(() => undefined)
      this.counting = undefined
      if (entries !== this.entries) return this.recount() // closed, or another part of the list
      this.total = total ?? this.total
      this.draw()
    }, this.total ? counting : 0)
  }

  change(change) {
    const { entries } = this
    this.recount()
    if (change.what === 'drop') {
      forget(this.list)
      this.load()
      say(`This list was dropped ${whence(change)}.`)
      return
    }
    for (const entry of change.entries) elsewhere(this.list, entry, change.removed?.includes(entry.id))
    const others = entries.change(change)
    if (others.length) say(`Changed ${whence(change)} (${change.what}): ${others.length === 1 ? quoted(others[0].title) : count(others.length, 'entry', 'entries')}`)
  }

  sent({ item, answer, problem }) {
    if (item.list !== this.list) return
    this.entries.sent(item, answer)
    this.recount()
    if (this.reveal === item.key && answer) this.find(answer)
    if (problem && !this.attention.root.hidden) this.attention.root.scrollIntoView({ block: 'nearest' })
    if (problem instanceof Others) this.offer(problem)
    else if (problem) alarm(`${problem.message}.`)
    else if (item.change) say(`${item.kind === 'undo' ? 'Undone' : 'Done again'}: ${describe(item.change)}`)
    else say(`${{ add: 'Added', edit: 'Saved', done: 'Done', reopen: 'Open again', delete: 'Deleted' }[item.kind]}: ${quoted(item.title)}`)
  }

  // find has an entry be in sight, and loads what is around it if need be.
  async find({ id, date }) {
    this.reveal = id
    const { entries } = this
    if (!this.month && !entries.known.has(id)) await entries.load(date).catch(() => {})
    this.schedule()
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

  // takeBack undoes or redoes the person's latest change. What has not been tried to
  // send is just not sent.
  takeBack(kind) {
    const unsent = waiting(this.list).at(-1)
    if (kind === 'undo' && unsent && !unsent.tried && unsent.title !== undefined) {
      remove(unsent.key)
      say(`Taken back before it was sent: ${quoted(unsent.title)}`)
    } else if (connection.up) enqueue({ kind, list: this.list })
    else alarm(`The server cannot be reached: ${kind} again when it is back.`)
  }

  // offer says what undo or redo would take of others, and what else can be done.
  offer(others) {
    const { list } = this
    const { kind, target, own, later } = others
    const verb = kind === 'undo' ? 'Undo' : 'Redo'
    const byHand = kind === 'undo' && opposite(others)
    const asked = ask(own ? 'The list has changed since' : `${verb} what was not done here?`,
      own?.change && later.length
        ? [`Yours: ${describe(own.change)}.`, `Since then: ${later.slice(-3).map(credit).join(', ')}${later.length > 3 ? `, and ${count(later.length - 3, 'change', 'changes')} before` : ''}.`]
        : [`${kind === 'undo' ? 'The latest change of this list' : 'What was undone last'}: ${credit(target)}.`],
      [...(byHand ? [[byHand[0], () => enqueue(byHand[1])]] : []),
        [`${verb}: ${describe(target)}`, () => enqueue({ kind, list, accepted: target.rev })],
        ['Leave it']])
    if (!asked) alarm(`${others.message}.`)
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
    this.unprinted = h('p', { class: 'onpaper' })
    this.later = new More('Show more', () => this.entries.more('asc'))
    this.earlier = new More('Show earlier', () => this.entries.more('desc'))
    this.form = this.addForm()
    this.side = h('div', { class: 'side' }, this.monthBar, this.calendar.root)
    main.replaceChildren(
      h('div', { class: 'head' },
        h('a', { href: '#/', class: 'up' }, 'All lists'),
        h('div', { class: 'line wide' }, this.heading,
          me.readOnly ? null : h('div', { class: 'line tight' },
            iconButton('Undo', 'undo', { onclick: () => this.takeBack('undo'), 'aria-keyshortcuts': 'u' }),
            iconButton('Redo', 'redo', { onclick: () => this.takeBack('redo'), 'aria-keyshortcuts': 'r' }))),
        h('div', { class: 'line wide' }, this.summary, h('div', { class: 'line' }, h('label', { class: 'check' }, hide, ' Hide done'), this.parts))),
      this.attention.root, this.unprinted,
      h('div', { class: 'body' }, this.side, h('div', { class: 'center' }, me.readOnly ? null : this.form.root, this.panel, this.empty, this.earlier.button, this.rows.root, this.later.button)))
  }

  addForm() {
    const draftName = own(`draft ${this.list}`)
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
        this.reveal = enqueue({ kind: 'add', list: this.list, title: title.value.trim(), date: date.value || null })
        this.draw()
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
    this.keepPlace(() => {
      this.rows.render(rows)
      this.earlier.show(Boolean(!month && entries.next('desc')))
      this.later.show(Boolean(!month && entries.next('asc')))
    })
    this.place()
    if (this.form.root.isConnected) this.form.root.hidden = Boolean(this.failure)
    this.empty.hidden = rows.length > 0 && !this.failure
    this.empty.textContent = this.failure || (!entries.loaded ? 'Loading…' : day ? 'Nothing on this day.' : month ? 'Nothing in this month.' : entries.span.status ? 'Nothing is open.' : me.readOnly ? 'This list is empty.' : 'This list is empty: write its first entry above.')
    const { open, done } = this.counts(rows)
    this.summary.textContent = open === undefined ? '' : `${open.toLocaleString('en')} open${done ? `, ${done.toLocaleString('en')} done` : ''}`
    const target = day ?? today()
    this.parts.replaceChildren(
      h('a', { href: address(this.list), 'aria-current': month ? null : 'page', onclick: () => month || this.show() }, 'Days'),
      h('a', { href: address(this.list, 'month', month ?? target.slice(0, 7)), 'aria-current': month ? 'page' : null }, 'Month'))
  }

  // counts answers how many entries there are, be they loaded or not.
  counts(rows) {
    if (!this.entries.complete || this.entries.span.status) return (!this.month && this.total) || {}
    const open = rows.filter(row => row.status === 'open').length
    return { open, done: rows.length - open }
  }

  // keepPlace has what is in sight stay where it is while what is above it grows, where
  // the browser does not see to that.
  keepPlace(change) {
    const top = window.scrollY
    const held = (top > 0 && CSS.supports('overflow-anchor', 'auto')) || !this.entries.next('desc') ? undefined : this.rows.all()[0]
    const before = held?.getBoundingClientRect().top
    change()
    if (held?.isConnected) window.scrollBy(0, held.getBoundingClientRect().top - before)
  }

  // place scrolls to today, or to what was just added.
  place() {
    if (!this.entries.loaded) return
    if (this.toToday) {
      this.toToday = false
      if (!this.attention.root.hidden) return // that comes first
      const next = this.entries.rows().find(row => !row.date || row.date >= today())
      scrollNear(next ? this.rows.elementOf(next).closest('.day') : this.rows.root.lastElementChild)
    }
    const added = this.rows.all().find(item => item.row.id === this.reveal || item.row.key === this.reveal)
    if (this.reveal === undefined || !added) return
    if (added.row.id !== undefined) this.reveal = undefined
    added.scrollIntoView({ block: 'nearest' })
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
      button('Today', { class: 'quiet', onclick: () => this.todaysMonth() }),
      iconButton('Month after', 'next', { onclick: () => this.turn(1) }))
  }

  turn(by) {
    if (this.month) location.hash = address(this.list, 'month', otherMonth(this.month, by))
  }

  todaysMonth() {
    location.hash = address(this.list, 'month', today())
  }

  // printAll has all be on paper, not only what is loaded.
  printAll() {
    this.unprinted.textContent = ''
    try {
      this.entries.rest()
    } catch {
      this.unprinted.textContent = 'The server cannot be reached: not all entries are printed.'
    }
    this.draw()
  }

  keys() {
    return {
      ...this.rows.keys(),
      ...(!me.readOnly && { add: () => this.form.title.focus(), undo: () => this.takeBack('undo'), redo: () => this.takeBack('redo') }),
      month: () => (location.hash = this.month ? address(this.list) : address(this.list, 'month', today().slice(0, 7))),
      today: () => this.todaysMonth(),
      ...(this.month && { earlier: () => this.turn(-1), later: () => this.turn(1) }),
    }
  }

  close() {
    this.unfollow?.()
    clearTimeout(this.counting)
    this.earlier.close()
    this.later.close()
    window.removeEventListener('beforeprint', this.print)
    cancelAnimationFrame(this.frame)
    outbox.removeEventListener('sent', this.heard)
    outbox.removeEventListener('change', this.redraw)
    connection.removeEventListener('change', this.back)
    this.entries = undefined
    leave()
    leaveAsk()
  }
}

// scrollNear has an element be in sight, with what is just before it above. Sizes are
// known only of what has been in sight: so it looks again until it is there.
function scrollNear(element, tries = 5) {
  if (!element?.isConnected) return
  const { top } = element.getBoundingClientRect()
  const away = top - innerHeight * 0.4
  if (window.scrollY + away <= 0 || Math.abs(away) < 2) return
  window.scrollBy(0, away)
  if (tries) requestAnimationFrame(() => scrollNear(element, tries - 1))
}

// partOf reads what follows a list's name in an address.
export function partOf([word, date] = []) {
  if (word !== 'month' || !date) return {}
  if (isDate(date)) return { month: date.slice(0, 7), day: date }
  return isDate(`${date}-01`) ? { month: date } : {}
}
