// Dates are texts, YYYY-MM-DD, as on the wire: their order is that of time, and
// no time zone shifts them. No date is null.

const day = 86400000
const midnight = date => new Date(`${date}T00:00:00Z`)
const iso = time => time.toISOString().slice(0, 10)
const format = options => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options })

const long = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const monthYear = format({ month: 'long', year: 'numeric' })

export const first = '0001-01-01'
export const last = '9999-12-31'

export function today() {
  const now = new Date()
  return iso(new Date(now.getTime() - now.getTimezoneOffset() * 60000))
}

export function plus(date, days) {
  const other = new Date(midnight(date).getTime() + days * day)
  const inside = other >= midnight(first) && other <= midnight(last)
  return inside ? iso(other) : date
}

export const longName = date => (date ? long.format(midnight(date)).replace(',', '') : 'No date')
export const monthName = month => monthYear.format(midnight(`${month}-01`))
export const isDate = text => /^\d{4}-\d\d-\d\d$/.test(text) && text >= first && !isNaN(midnight(text)) && iso(midnight(text)) === text
export const isMonth = text => isDate(`${text}-01`)

// nearName is the word people use for a day, if there is one.
export function nearName(date) {
  const now = today()
  if (date === now) return 'Today'
  if (date === plus(now, 1)) return 'Tomorrow'
  if (date === plus(now, -1)) return 'Yesterday'
  return ''
}

export function otherMonth(month, by) {
  const [year, number] = month.split('-').map(Number)
  const months = year * 12 + number - 1 + by
  const text = `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}`
  return isMonth(text) ? text : month
}

// weeks returns the days of a month in weeks from Monday on, with those around
// it that fill the first and the last week.
export function weeks(month) {
  const start = midnight(`${month}-01`)
  let time = start.getTime() - ((start.getUTCDay() + 6) % 7) * day
  const all = []
  do {
    const week = []
    for (let i = 0; i < 7; i++, time += day) week.push(iso(new Date(time)))
    all.push(week)
  } while (iso(new Date(time)).slice(0, 7) === month)
  return all
}
