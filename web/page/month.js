// A month at a glance: how many entries are open on each day, in figures and in
// depth of colour.
import { h } from './dom.js'
import { longName, monthName, today, weeks } from './dates.js'

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

// From how many open entries on a day has a colour: the same in every month, so
// that months can be compared.
const levels = [1, 2, 4, 7]
const level = open => levels.filter(from => open >= from).length

function set(element, text) {
  if (element.textContent !== text) element.textContent = text
}

export class Month {
  // href answers the address of a day.
  constructor(href) {
    this.href = href
    this.links = new Map()
    this.body = h('tbody')
    this.caption = h('caption', { class: 'unseen' })
    this.root = h('div', { class: 'month' },
      h('table', {}, this.caption,
        h('thead', {}, h('tr', {}, weekdays.map(name => h('th', { scope: 'col', abbr: name }, h('span', { 'aria-hidden': 'true' }, name.slice(0, 3)), h('span', { class: 'unseen' }, name))))),
        this.body),
      h('p', { class: 'legend' }, 'Open entries on a day: ',
        levels.map((from, i) => h('span', { class: `level${i + 1}` }, i + 1 === levels.length ? `${from}+` : from + 1 === levels[i + 1] ? `${from}` : `${from}–${levels[i + 1] - 1}`))))
    this.root.addEventListener('keydown', event => this.arrow(event))
  }

  render(month, chosen, rows) {
    if (month !== this.month) this.build(month)
    const open = new Map()
    const done = new Map()
    for (const { date, status } of rows) {
      const counts = status === 'open' ? open : done
      counts.set(date, (counts.get(date) ?? 0) + 1)
    }
    const now = today()
    const entry = this.links.has(chosen) ? chosen : this.links.has(now) ? now : `${month}-01`
    for (const [date, link] of this.links) {
      const [opens, dones] = [open.get(date) ?? 0, done.get(date) ?? 0]
      const [, , , nearby, figure, rest] = link.children
      set(nearby, date === now ? ', today: ' : ': ')
      set(figure, opens ? String(opens) : dones ? '✓ ' : '')
      set(rest, [opens && ' open', dones && `${opens ? ', ' : ''}${dones} done`].filter(Boolean).join('') || 'nothing')
      link.className = `level${level(opens)}${date === now ? ' today' : ''}`
      link.tabIndex = date === entry ? 0 : -1
      if (date === chosen) link.setAttribute('aria-current', 'true')
      else link.removeAttribute('aria-current')
    }
  }

  build(month) {
    this.month = month
    this.caption.textContent = monthName(month)
    this.links.clear()
    this.body.replaceChildren(...weeks(month).map(week => h('tr', {}, week.map(date => {
      if (!date.startsWith(`${month}-`)) return h('td')
      // What is seen is a part of what is read: Sunday 1 March 2026: 3 open.
      const [weekday, number, ...rest] = longName(date).split(' ')
      const unseen = text => h('span', { class: 'unseen' }, text)
      const link = h('a', { href: this.href(date) }, unseen(`${weekday} `), h('span', { class: 'number' }, number), unseen(` ${rest.join(' ')}`),
        unseen(''), h('span', { class: 'count' }), unseen(''))
      this.links.set(date, link)
      return h('td', {}, link)
    }))))
  }

  arrow(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key]
    const links = [...this.links.values()]
    const at = links.indexOf(document.activeElement)
    if (!step || at < 0 || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    const link = links[at + step]
    if (!link) return
    document.activeElement.tabIndex = -1
    link.tabIndex = 0
    link.focus()
  }
}
