// The end of what is shown so far: what follows comes as it gets near. It is also a
// button, for those who don't scroll.
import { connection } from './api.js'
import { button } from './dom.js'

export class More {
  constructor(label, load) {
    this.load = load
    this.button = button(label, { class: 'plain more', onclick: () => this.go() })
    this.button.hidden = true
    this.watcher = new IntersectionObserver(seen => seen.at(-1).isIntersecting && this.go(), { rootMargin: '600px' })
    this.back = () => {
      this.failed = !connection.up
      this.show(!this.button.hidden)
    }
    connection.addEventListener('change', this.back)
  }

  // go loads what follows. After a failure only the button does, or a connection that
  // is back.
  async go() {
    try {
      await this.load()
      this.failed = false
    } catch {
      this.failed = true
      this.watcher.disconnect()
    }
  }

  // show tells whether there is more. The watcher tells of what is near already only
  // when it begins to watch.
  show(more) {
    this.button.hidden = !more
    this.watcher.disconnect()
    if (more && !this.failed) this.watcher.observe(this.button)
  }

  close() {
    this.watcher.disconnect()
    connection.removeEventListener('change', this.back)
  }
}
