// Changes as they happen.
import { connection } from './api.js'

const longest = 30000

// follow tells of each change at the path, in order and without a gap: where
// the stream cannot say what was missed, on.load is to load anew. It returns
// the function that ends it.
//
// A page that nobody sees holds no stream: over HTTP/1.1 a browser has six
// connections to a server, for all its pages.
export function follow(path, on) {
  let source, last, timer
  let wait = 1000

  function start() {
    clearTimeout(timer)
    const url = new URL(path, location.origin)
    if (last) url.searchParams.set('last_event_id', last)
    source = new EventSource(url)
    let first = true
    source.onopen = () => {
      first = false
      wait = 1000
      connection.set(true)
      if (!last) on.load()
    }
    source.onerror = () => {
      connection.set(false)
      if (first && !last) on.load() // says what is wrong
      first = false
      if (source.readyState === EventSource.CLOSED) again()
    }
    source.addEventListener('change', event => {
      last = event.lastEventId
      on.change(JSON.parse(event.data))
    })
    source.addEventListener('reset', () => {
      last = undefined
      on.load()
    })
  }

  function again() {
    clearTimeout(timer)
    timer = setTimeout(start, wait)
    wait = Math.min(2 * wait, longest)
  }

  function look() {
    if (document.hidden) {
      clearTimeout(timer)
      source?.close()
    } else if (!source || source.readyState === EventSource.CLOSED) start()
  }

  document.addEventListener('visibilitychange', look)
  look()
  return () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
    source?.close()
  }
}
